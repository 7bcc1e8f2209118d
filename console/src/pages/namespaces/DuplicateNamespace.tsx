import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { duplicateNamespace } from '../../api/namespaces.ts';
import type { Namespace } from '../../api/types.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, TextField } from '../../kit/fields.tsx';
import { type Secret, SecretDialog } from '../../kit/secret.tsx';
import { namespaceSettingsText as own } from '../../messages/en.namespace-settings.ts';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { useTenantId } from '../../shell/where.ts';
import { keysOf, nameCheck } from './keys.ts';

type Part = 'gateways' | 'grants';
const parts: { part: Part; label: string }[] = [
  { part: 'gateways', label: own.withGateways },
  { part: 'grants', label: own.withGrants },
];

/** A namespace like another one, with keys of its own. */
export function DuplicateNamespace({ of, onClose }: { of: Namespace; onClose: () => void }) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [leavesOut, setLeavesOut] = useState<Part[]>([]);
  const [made, setMade] = useState<{ id: string; name: string; secrets: Secret[] }>();
  const draft = useDraft({ name: '', description: of.description }, nameCheck);
  const { key } = useCreation({ ...draft.values, leavesOut: leavesOut.join() });
  const open = (id: string) => {
    onClose();
    void navigate({ to: '/t/$tenantId/namespaces/$id', params: { tenantId, id }, ignoreBlocker: true });
  };
  if (made)
    return <SecretDialog title={text.secretTitle(made.name)} secrets={made.secrets} onDone={() => open(made.id)} />;
  return (
    <Dialog title={own.duplicateTitle(of.name)} onClose={onClose}>
      <p className="faint">{own.duplicateText}</p>
      <Form
        draft={draft}
        check={nameCheck}
        labels={{ name: text.name, description: text.description }}
        submit={own.duplicate}
        onCancel={onClose}
        onSubmit={async () => {
          const { name, description } = draft.values;
          const reply = await duplicateNamespace(
            tenantId,
            of.id,
            { name: name.trim(), description: description.trim(), leavesOut },
            key,
          );
          void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
          const secrets = keysOf(reply.name, reply);
          if (secrets.length) setMade({ id: reply.id, name: reply.name, secrets });
          else open(reply.id);
        }}
      >
        <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus />
        <AreaField draft={draft} name="description" label={text.description} optional />
        {parts.map(({ part, label }) => (
          <label key={part} className="check">
            <input
              type="checkbox"
              checked={!leavesOut.includes(part)}
              onChange={(event) =>
                setLeavesOut(
                  event.currentTarget.checked ? leavesOut.filter((each) => each !== part) : [...leavesOut, part],
                )
              }
            />
            <span>{label}</span>
          </label>
        ))}
      </Form>
    </Dialog>
  );
}
