import { TextInput } from '@mantine/core';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { common, SelectField } from '../../kit/fields.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { en } from '../../messages/en.ts';
import type { Desk } from './connection.ts';

const check = checkBy({ clientSecret: 'required' });

/** Takes a secret. It lives in the form alone and goes with it. */
export function ClientSecretDialog({
  desk,
  onClose,
  onSaved,
}: {
  desk: Desk;
  onClose: () => void;
  onSaved: () => void;
}) {
  const { name, clientSecret } = desk.found.value;
  const draft = useDraft({ clientSecret: '', expiresAt: '', overlapSeconds: '604800' }, check);
  const { values } = draft;
  const asksOverlap = desk.hasOverlap && clientSecret.isSet;
  return (
    <Dialog title={partText.secretTitle(name)} kind="panel" onClose={onClose}>
      <p>{partText.secretText}</p>
      <Form
        draft={draft}
        check={check}
        labels={{
          clientSecret: partText.secretValue,
          expiresAt: partText.secretUntil,
          overlapSeconds: partText.secretOverlap,
        }}
        submit={en.action.save}
        onCancel={onClose}
        onSubmit={async () => {
          await desk.changeSecret({
            clientSecret: values.clientSecret.trim(),
            ...(values.expiresAt ? { expiresAt: endOf(values.expiresAt) } : {}),
            ...(asksOverlap ? { overlapSeconds: Number(values.overlapSeconds) } : {}),
          });
        }}
        onDone={() => {
          toast({ text: partText.secretSaved });
          onSaved();
        }}
      >
        <PasswordField draft={draft} name="clientSecret" label={partText.secretValue} autoFocus />
        <TextInput
          {...common<keyof typeof values>({
            draft,
            name: 'expiresAt',
            label: partText.secretUntil,
            help: partText.secretUntilHelp,
            optional: true,
          })}
          type="date"
          onChange={({ currentTarget }) => draft.set('expiresAt', currentTarget.value)}
        />
        {asksOverlap ? (
          <SelectField
            draft={draft}
            name="overlapSeconds"
            label={partText.secretOverlap}
            help={partText.secretOverlapHelp}
            options={Object.entries(partText.overlaps).map(([value, label]) => ({ value, label }))}
          />
        ) : null}
      </Form>
    </Dialog>
  );
}

/** The last second of a day in the browser's zone. */
const endOf = (day: string) => new Date(`${day}T23:59:59`).toISOString();
