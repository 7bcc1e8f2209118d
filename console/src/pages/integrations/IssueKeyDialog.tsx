import { issueKey } from '../../api/service-accounts.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { PresetField, TextField } from '../../kit/fields.tsx';
import { expiryAfter, lifetimeOptions } from '../../kit/lifetime.ts';
import { checkBy } from '../../kit/rules.ts';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { useTenantId } from '../../shell/where.ts';

const keyCheck = checkBy({ name: 'required' });

export function IssueKeyDialog({
  value,
  onClose,
  onIssued,
}: {
  value: ServiceAccount;
  onClose: () => void;
  onIssued: (key: { name: string; value: string }) => void;
}) {
  const tenantId = useTenantId();
  const draft = useDraft({ name: text.keyNamePrefill, days: '90' }, keyCheck);
  const { key: creation, startedAtMs } = useCreation(draft.values);
  return (
    <Dialog title={text.issueTitle(value.name)} kind="panel" onClose={onClose}>
      <Form
        draft={draft}
        check={keyCheck}
        labels={{ name: text.keyName, days: text.expiry }}
        submit={text.issue}
        onCancel={onClose}
        isGuarded={false}
        onSubmit={async () => {
          const key = await issueKey(
            tenantId,
            value.id,
            { name: draft.values.name.trim(), expiresAt: expiryAfter(draft.values.days, startedAtMs) },
            creation,
          );
          if (key.value) onIssued({ name: key.name, value: key.value });
        }}
      >
        <TextField draft={draft} name="name" label={text.keyName} help={text.keyNameHelp} autoFocus />
        <PresetField draft={draft} name="days" label={text.expiry} options={lifetimeOptions} />
      </Form>
    </Dialog>
  );
}
