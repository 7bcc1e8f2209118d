import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { addDomain } from '../../api/domains.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { domainText as text } from '../../messages/en.domains.ts';
import { useTenantId } from '../../shell/where.ts';

const check = checkBy({ name: 'required' });

export function NewDomainPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const made = useRef('');
  const draft = useDraft({ name: '' }, check);
  const { key } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/domains');
  return (
    <CreatePanel
      title={text.newTitle}
      lead={text.newLead}
      close={close}
      draft={draft}
      check={check}
      labels={{ name: text.name }}
      submit={text.create}
      onSubmit={async () => {
        made.current = (await addDomain(tenantId, draft.values.name.trim(), key)).id;
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'domains'] });
      }}
      onDone={() => void navigate({ to: '/t/$tenantId/domains/$id', params: { tenantId, id: made.current } })}
    >
      <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus />
    </CreatePanel>
  );
}
