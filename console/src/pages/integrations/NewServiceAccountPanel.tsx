import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef } from 'react';
import { createServiceAccount } from '../../api/service-accounts.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { AreaField, TextField } from '../../kit/fields.tsx';
import { keptOf, pickedOf, useGroups } from '../../kit/pickers.ts';
import { checkBy, given } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { en } from '../../messages/en.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';

const PickMany = lazy(() => import('../../kit/PickMany.tsx').then((m) => ({ default: m.PickMany })));

const check = checkBy({ name: 'required' });

export function NewServiceAccountPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const seesGroups = useHolds('groups.view');
  const made = useRef({ id: '', name: '' });
  const draft = useDraft({ name: '', description: '', groupIds: '' }, check);
  const picked = pickedOf(draft.values.groupIds);
  const groupIds = picked.map(({ id }) => id);
  const { shown } = useLook(groupIds.length > 0 ? { serviceAccount: { addGroupIds: groupIds } } : null);
  const { key } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/integrations');
  return (
    <CreatePanel
      title={text.newTitle}
      close={close}
      draft={draft}
      check={check}
      labels={{ name: text.name, description: text.description, groupIds: text.inGroups }}
      submit={text.create}
      onSubmit={async () => {
        const { name } = draft.values;
        made.current = await createServiceAccount(
          tenantId,
          { name: name.trim(), ...given(draft.values, ['description']), ...(groupIds.length > 0 ? { groupIds } : {}) },
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
      {seesGroups ? (
        <Suspense>
          <PickMany
            label={text.inGroups}
            find={en.list.findGroup}
            help={text.inGroupHelp}
            chosen={picked}
            onChange={(chosen) => draft.set('groupIds', keptOf(chosen))}
            useFound={useGroups}
          />
        </Suspense>
      ) : null}
      {shown}
    </CreatePanel>
  );
}
