import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { createGroup, groupTemplates } from '../../api/groups.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { AreaField, SelectField, TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { useTenantId } from '../../shell/where.ts';

const check = checkBy({ name: 'required' });

export function NewGroupPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const made = useRef({ id: '', name: '' });
  const draft = useDraft({ name: '', description: '', template: '' }, check);
  const templates = useQuery(groupTemplates).data?.items ?? [];
  const { key } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/groups');
  return (
    <CreatePanel
      title={groupText.newTitle}
      lead={groupText.newLead}
      close={close}
      draft={draft}
      check={check}
      labels={{ name: groupText.name, description: groupText.description, template: groupText.template }}
      submit={groupText.create}
      onSubmit={async () => {
        const { name, description, template } = draft.values;
        made.current = await createGroup(
          tenantId,
          {
            name: name.trim(),
            ...(description.trim() ? { description: description.trim() } : {}),
            ...(template ? { template: template as 'auditor' } : {}),
          },
          key,
        );
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
      }}
      onDone={() => {
        toast({ text: groupText.made(made.current.name) });
        void navigate({ to: '/t/$tenantId/groups/$id', params: { tenantId, id: made.current.id } });
      }}
    >
      <TextField draft={draft} name="name" label={groupText.name} help={groupText.nameHelp} autoFocus spellCheck />
      <AreaField draft={draft} name="description" label={groupText.description} optional />
      <SelectField
        draft={draft}
        name="template"
        label={groupText.template}
        help={templates.find(({ name }) => name === draft.values.template)?.description ?? groupText.templateHelp}
        options={[
          { value: '', label: groupText.templateNone },
          ...templates.map(({ name, title }) => ({ value: name, label: groupText.templates[name] ?? title })),
        ]}
        optional
      />
    </CreatePanel>
  );
}
