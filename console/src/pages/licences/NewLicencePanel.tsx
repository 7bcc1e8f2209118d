import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { createLicence, offers } from '../../api/licences.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { TextField } from '../../kit/fields.tsx';
import { Note } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { licenceText as text } from '../../messages/en.licences.ts';
import { useTenantId } from '../../shell/where.ts';
import { Gate } from './Gate.tsx';

const check = checkBy({ name: 'required' });

export function NewLicencePanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const offered = useQuery(offers(tenantId)).data;
  const draft = useDraft({ name: '' }, check);
  const { key } = useCreation(draft.values);
  return (
    <CreatePanel
      title={text.create}
      lead={text.newLead}
      close={useWayBack('/t/$tenantId/licences')}
      draft={draft}
      check={check}
      labels={{ name: text.name }}
      submit={text.create}
      reason={offered?.needsBillingProfile ? text.gateTitle : null}
      onSubmit={async () => {
        const { id } = await createLicence(tenantId, draft.values.name.trim(), key);
        void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'licences'] });
        await navigate({
          to: '/t/$tenantId/licences/$id',
          params: { tenantId, id },
          search: { tab: 'subscriptions' },
          ignoreBlocker: true,
        });
      }}
    >
      {offered?.needsBillingProfile ? <Gate /> : null}
      {offered?.items.length === 0 ? <Note>{text.nothingOffered}</Note> : null}
      <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus />
    </CreatePanel>
  );
}
