import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { keys, revokeKey } from '../../api/service-accounts.ts';
import type { Key, ServiceAccount } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Section } from '../../kit/Page.tsx';
import { Empty, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { SecretDialog } from '../../kit/secret.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const IssueKeyDialog = lazy(() => import('./IssueKeyDialog.tsx').then((m) => ({ default: m.IssueKeyDialog })));

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
        <Suspense>
          <IssueKeyDialog
            value={value}
            onClose={() => setIssuing(false)}
            onIssued={(key) => {
              setIssuing(false);
              setMade(key);
              void found.refetch();
            }}
          />
        </Suspense>
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
