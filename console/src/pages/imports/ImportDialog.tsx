import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { askAboutKey, type ImportPreview, importGroup } from '../../api/imports.ts';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Facts } from '../../kit/Page.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { importText as text } from '../../messages/en.imports.ts';
import { useTenantId } from '../../shell/where.ts';

/** First what the key is for, then its use: nothing is imported unseen. The key stays in this dialog. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState<{ key: string; preview: ImportPreview }>();
  return (
    <Dialog title={text.importTitle} onClose={onClose}>
      {asked ? (
        <Confirm secret={asked.key} preview={asked.preview} onClose={onClose} onBack={() => setAsked(undefined)} />
      ) : (
        <AskKey onClose={onClose} onAsked={setAsked} />
      )}
    </Dialog>
  );
}

const checkKey = ({ key }: { key: string }) => ({
  ...checkBy({ key: 'required' })({ key }),
  ...(/^[0-9A-Za-z\s]*$/.test(key) ? {} : { key: text.badKey }),
});

function AskKey({
  onClose,
  onAsked,
}: {
  onClose: () => void;
  onAsked: (asked: { key: string; preview: ImportPreview }) => void;
}) {
  const tenantId = useTenantId();
  const draft = useDraft({ key: '' }, checkKey);
  return (
    <>
      <p className="faint">{text.importLead}</p>
      <p className="faint">
        {text.tellId} <code className="small">{tenantId}</code> <CopyButton label={text.copyId} value={tenantId} />
      </p>
      <Form
        draft={draft}
        check={checkKey}
        labels={{ key: text.key }}
        submit={text.look}
        onCancel={onClose}
        isGuarded={false}
        onSubmit={async () => {
          const key = draft.values.key.trim();
          onAsked({ key, preview: await askAboutKey(tenantId, key) });
        }}
      >
        <TextField draft={draft} name="key" label={text.key} autoFocus />
      </Form>
    </>
  );
}

const checkName = checkBy({ name: 'required' });

function Confirm({
  secret,
  preview,
  onClose,
  onBack,
}: {
  secret: string;
  preview: ImportPreview;
  onClose: () => void;
  onBack: () => void;
}) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const made = useRef<string | null>(null);
  const draft = useDraft({ name: preview.name }, checkName);
  const { key: idempotencyKey } = useCreation(draft.values);
  return (
    <>
      <p>{text.confirmLead}</p>
      <Facts
        items={[
          [text.other, preview.homeTenantName],
          [text.theirName, preview.name],
          [text.description, preview.description || '—'],
          [text.people, text.members(preview.memberCount)],
          [text.validUntil, <Time key="v" at={preview.expiresAt} />],
        ]}
      />
      <Form
        draft={draft}
        check={checkName}
        labels={{ name: text.nameHere }}
        submit={text.import}
        onCancel={onClose}
        isGuarded={false}
        onSubmit={async () => {
          const body = { key: secret, name: draft.values.name.trim() };
          made.current = (await importGroup(tenantId, body, idempotencyKey)).groupId;
          await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
          await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'group-imports'] });
        }}
        onDone={() => {
          toast({ text: text.imported(draft.values.name.trim()) });
          if (made.current)
            void navigate({
              to: '/t/$tenantId/groups/$id',
              params: { tenantId, id: made.current },
              search: { tab: 'permissions' },
            });
          onClose();
        }}
      >
        <TextField draft={draft} name="name" label={text.nameHere} help={text.nameHelp} autoFocus spellCheck />
      </Form>
      <button type="button" className="link-button" onClick={onBack}>
        {text.otherKey}
      </button>
    </>
  );
}
