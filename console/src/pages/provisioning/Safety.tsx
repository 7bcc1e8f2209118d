import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client.ts';
import { changeProvisioning } from '../../api/provisioning.ts';
import { provisioning } from '../../api/tenant.ts';
import type { Provisioning } from '../../api/types.ts';
import type { Values } from '../../kit/draft.ts';
import { EditSection } from '../../kit/EditSection.tsx';
import { TextField } from '../../kit/fields.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { useTenantId } from '../../shell/where.ts';
import { Ahead } from './Ahead.tsx';
import { Undo } from './Undo.tsx';

const wholeNumber = (value: string, most: number) =>
  /^\d+$/.test(value.trim()) && Number(value) >= 1 && Number(value) <= most ? undefined : text.wholeNumber(most);
const check = ({ guardPercent, undoDays }: Values<'guardPercent' | 'undoDays'>) => ({
  guardPercent: wholeNumber(guardPercent, 100),
  undoDays: wholeNumber(undoDays, 365),
});

/** How much provisioning may remove, and the way back. */
export function Safety({ found }: { found: Versioned<Provisioning> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const query = provisioning(tenantId);
  const save = (version: string, changes: Partial<Values<'guardPercent' | 'undoDays'>>) =>
    changeProvisioning(
      tenantId,
      version,
      Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, Number(value)])),
    );
  return (
    <>
      <EditSection
        title={text.guard}
        found={found}
        operation="provisioning.change"
        labels={{ guardPercent: text.guardPercent, undoDays: text.undoDays }}
        valuesOf={({ guardPercent, undoDays }) => ({ guardPercent: String(guardPercent), undoDays: String(undoDays) })}
        check={check}
        save={save}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.guardSaved}
        fields={(draft) => (
          <>
            <TextField
              draft={draft}
              name="guardPercent"
              label={text.guardPercent}
              help={text.guardHelp}
              inputMode="numeric"
            />
            <TextField
              draft={draft}
              name="undoDays"
              label={text.undoDays}
              help={text.undoDaysHelp}
              inputMode="numeric"
            />
          </>
        )}
      >
        <p className="faint">{text.guardText}</p>
      </EditSection>
      <Ahead />
      <Undo value={found.value} />
    </>
  );
}
