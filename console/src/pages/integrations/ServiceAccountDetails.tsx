import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client.ts';
import { changeServiceAccount, deleteServiceAccount } from '../../api/service-accounts.ts';
import { serviceAccount } from '../../api/tenant.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField, TextField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { checkBy } from '../../kit/rules.ts';
import { useSwitch } from '../../kit/switch.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { serviceAccountSwitch } from './switch.ts';

const check = checkBy({ name: 'required' });

export function ServiceAccountDetails({ found }: { found: Versioned<ServiceAccount> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { zone } = useSwitch(serviceAccountSwitch);
  const { value, version } = found;
  const query = serviceAccount(tenantId, value.id);
  return (
    <>
      <EditSection
        title={text.tabDetails}
        found={found}
        operation="service-accounts.change"
        labels={{ name: text.name, description: text.description }}
        valuesOf={({ name, description }) => ({ name, description })}
        check={check}
        save={(was, changes) => changeServiceAccount(tenantId, value.id, was, changes)}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => (
          <>
            <TextField draft={draft} name="name" label={text.name} />
            <AreaField draft={draft} name="description" label={text.description} optional />
          </>
        )}
      />
      <Section title={text.danger} tone="danger">
        {zone(value)}
        <DeleteRow
          title={text.remove}
          text={text.removeText}
          verb={text.removeVerb}
          reason={reasonOf(value.actions, 'service-accounts.delete')}
          question={text.removeTitle(value.name)}
          breaks={[text.removeBreaks]}
          act={() => deleteServiceAccount(tenantId, value.id, version)}
          said={text.removed(value.name)}
          back="/t/$tenantId/integrations"
          area="service-accounts"
        />
      </Section>
    </>
  );
}
