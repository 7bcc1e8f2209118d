import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createNamespace } from '../../api/namespaces.ts';
import { regions } from '../../api/session.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { AreaField, SelectField, TextField } from '../../kit/fields.tsx';
import { type Secret, SecretDialog } from '../../kit/secret.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { useTenant, useTenantId } from '../../shell/where.ts';
import { keysOf, nameCheck } from './keys.ts';

export function NewNamespacePanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const here = useTenant(tenantId)?.value;
  const names = useQuery(regions).data?.items ?? [];
  const [made, setMade] = useState<{ id: string; name: string; secrets: Secret[] }>();
  const draft = useDraft({ name: '', description: '', region: '' }, nameCheck);
  const { key } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/namespaces');
  const open = (id: string) =>
    navigate({ to: '/t/$tenantId/namespaces/$id', params: { tenantId, id }, ignoreBlocker: true });
  if (made)
    return <SecretDialog title={text.secretTitle(made.name)} secrets={made.secrets} onDone={() => open(made.id)} />;

  const allowed = here?.namespaceRegions ?? [];
  const nameOf = (code: string) => {
    const name = names.find((each) => each.code === code)?.name;
    return name ? `${name} (${code})` : code;
  };
  return (
    <CreatePanel
      title={text.newTitle}
      close={close}
      draft={draft}
      check={nameCheck}
      labels={{ name: text.name, description: text.description, region: text.region }}
      submit={text.create}
      onSubmit={async () => {
        const { name, description, region } = draft.values;
        const { id, ...reply } = await createNamespace(
          tenantId,
          {
            name: name.trim(),
            ...(description.trim() ? { description: description.trim() } : {}),
            ...(region ? { region } : {}),
          },
          key,
        );
        void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
        const secrets = keysOf(reply.name, reply);
        if (secrets.length) setMade({ id, name: reply.name, secrets });
        else await open(id);
      }}
    >
      <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus />
      <AreaField draft={draft} name="description" label={text.description} optional />
      {allowed.length > 1 ? (
        <SelectField
          draft={draft}
          name="region"
          label={text.region}
          help={text.regionHelp}
          options={[
            { value: '', label: here ? nameOf(here.region) : '' },
            ...allowed.filter((code) => code !== here?.region).map((code) => ({ value: code, label: nameOf(code) })),
          ]}
        />
      ) : null}
    </CreatePanel>
  );
}
