import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { createServiceAccount } from '../../api/service-accounts.ts';
import { groups } from '../../api/tenant.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { AreaField, SelectField, TextField } from '../../kit/fields.tsx';
import { checkBy, given } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';

const check = checkBy({ name: 'required' });

export function NewServiceAccountPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const offered =
    useQuery({ ...groups(tenantId, { limit: 200, sort: 'name' }), enabled: useHolds('groups.view') }).data?.items ?? [];
  const made = useRef({ id: '', name: '' });
  const draft = useDraft({ name: '', description: '', groupId: '' }, check);
  const { groupId } = draft.values;
  const { shown } = useLook(groupId ? { serviceAccount: { addGroupIds: [groupId] } } : null);
  const { key } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/integrations');
  return (
    <CreatePanel
      title={text.newTitle}
      close={close}
      draft={draft}
      check={check}
      labels={{ name: text.name, description: text.description, groupId: text.inGroup }}
      submit={text.create}
      onSubmit={async () => {
        const { name } = draft.values;
        made.current = await createServiceAccount(
          tenantId,
          { name: name.trim(), ...given(draft.values, ['description']), ...(groupId ? { groupIds: [groupId] } : {}) },
          key,
        );
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'service-accounts'] });
      }}
      onDone={() => {
        toast({ text: text.made(made.current.name) });
        void navigate({ to: '/t/$tenantId/integrations/$id', params: { tenantId, id: made.current.id } });
      }}
    >
      <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus />
      <AreaField draft={draft} name="description" label={text.description} optional />
      <SelectField
        draft={draft}
        name="groupId"
        label={text.inGroup}
        help={text.inGroupHelp}
        options={[{ value: '', label: text.noGroup }, ...offered.map(({ id, name }) => ({ value: id, label: name }))]}
        optional
      />
      {shown}
    </CreatePanel>
  );
}
