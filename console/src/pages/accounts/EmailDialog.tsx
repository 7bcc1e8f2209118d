import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';

const check = checkBy({ email: 'email' });

/** Asks for another address: an administrator's of somebody, or a person's own. */
export function EmailDialog({
  title,
  lead,
  act,
  onClose,
}: {
  title: string;
  lead: string;
  act: (email: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const draft = useDraft({ email: '' }, check);
  const email = draft.values.email.trim();
  return (
    <Dialog title={title} kind="panel" onClose={onClose}>
      <p className="faint">{lead}</p>
      <Form
        draft={draft}
        check={check}
        labels={{ email: text.newEmail }}
        submit={text.sendLink}
        onCancel={onClose}
        isGuarded={false}
        onSubmit={() => act(email)}
        onDone={() => {
          toast({ text: text.emailAsked(email) });
          onClose();
        }}
      >
        <TextField draft={draft} name="email" label={text.newEmail} type="email" inputMode="email" autoFocus />
      </Form>
    </Dialog>
  );
}
