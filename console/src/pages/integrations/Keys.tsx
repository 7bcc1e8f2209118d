import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { issueKey, keys, revokeKey } from '../../api/tenant.ts';
import type { Key, ServiceAccount } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { PresetField, TextField } from '../../kit/fields.tsx';
import { expiryAfter, lifetimeOptions } from '../../kit/lifetime.ts';
import { Section } from '../../kit/Page.tsx';
import { Empty, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { SecretDialog } from '../../kit/secret.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const columnsWith = (marked: string | undefined): Column<Key>[] => [
  {
    name: 'name',
    label: text.keyName,
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <>
        {name}
        {id === marked ? <span className="tag">{text.asked}</span> : null}
      </>
    ),
  },
  statusColumn('state', text.state, ({ state }) => state),
  {
    name: 'lastFour',
    label: text.lastFour,
    text: ({ lastFour }) => lastFour,
    cell: ({ lastFour }) => <code>…{lastFour}</code>,
    priority: 2,
  },
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt),
  timeColumn('expiresAt', text.expires, ({ expiresAt }) => expiresAt),
];

/** The keys of a service account; the one that the address names is marked. */
export function Keys({ value }: { value: ServiceAccount }) {
  const tenantId = useTenantId();
  const { key: marked } = useSearch({ strict: false }) as { key?: string };
  const found = useQuery(keys(tenantId, value.id));
  const [isIssuing, setIssuing] = useState(false);
  const [made, setMade] = useState<{ name: string; value: string }>();
  const [revoking, setRevoking] = useState<Key>();
  const reason = reasonOf(value.actions, 'service-accounts.issue-key');
  const issue = (
    <Button
      kind="primary"
      icon={<IconPlus size={16} aria-hidden="true" />}
      reason={reason}
      onClick={() => setIssuing(true)}
    >
      {text.issue}
    </Button>
  );
  const items = found.data?.items;
  return (
    <Section title={text.tabKeys} lead={text.keysLead} actions={items?.length ? issue : null}>
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.tabKeys} />
      ) : !items ? (
        <Skeleton />
      ) : items.length === 0 ? (
        <Empty title={text.noKeysTitle} text={text.noKeysText} action={issue} />
      ) : (
        <Table
          what={text.whatKeys}
          rows={items}
          rowName={({ name }) => name}
          rowClass={({ id }) => (id === marked ? 'row-open' : '')}
          rowActions={(key) =>
            ['active', 'rotating', 'paused'].includes(key.state)
              ? [
                  {
                    label: text.revoke,
                    isDangerous: true,
                    reason: reasonOf(value.actions, 'service-accounts.revoke-key'),
                    onSelect: () => setRevoking(key),
                  },
                ]
              : []
          }
          columns={columnsWith(marked)}
        />
      )}
      {isIssuing ? (
        <IssueDialog
          value={value}
          onClose={() => setIssuing(false)}
          onIssued={(key) => {
            setIssuing(false);
            setMade(key);
            void found.refetch();
          }}
        />
      ) : null}
      {made ? (
        <SecretDialog
          title={text.secretTitle(made.name)}
          secrets={[
            {
              label: text.secretLabel,
              value: made.value,
              fileName: `${value.name.replace(/[^\w-]+/g, '-')}-key.txt`,
              help: text.secretHelp,
            },
          ]}
          onDone={() => setMade(undefined)}
        />
      ) : null}
      {revoking ? (
        <ConfirmDialog
          title={text.revokeTitle(revoking.name)}
          verb={text.revoke}
          text={text.revokeText}
          breaks={revoking.lastUsedAt ? [text.revokeUsed] : []}
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await revokeKey(tenantId, value.id, revoking.id);
            setRevoking(undefined);
            await found.refetch();
            toast({ text: text.revoked(revoking.name) });
          }}
        />
      ) : null}
    </Section>
  );
}

const keyCheck = checkBy({ name: 'required' });

function IssueDialog({
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
