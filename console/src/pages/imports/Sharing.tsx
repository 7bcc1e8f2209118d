import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { type GroupImport, groupImports, type ImportKey, importKeys, revokeImportKey } from '../../api/imports.ts';
import type { Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { SecretDialog } from '../../kit/secret.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { importText as text } from '../../messages/en.imports.ts';
import { reasonOf, useReason, useTenantId } from '../../shell/where.ts';
import { Ending } from './Ending.tsx';

const Acts = lazy(() => import('../delegations/Acts.tsx').then((m) => ({ default: m.Acts })));
const ShareDialog = lazy(() => import('./ShareDialog.tsx').then((m) => ({ default: m.ShareDialog })));

const tones: Record<string, string> = { open: 'pending', used: 'done', revoked: 'revoked', expired: 'expired' };
const keyColumns: Column<ImportKey>[] = [
  {
    name: 'receivingTenantId',
    label: text.forTenant,
    text: ({ receivingTenantId }) => receivingTenantId,
    cell: ({ receivingTenantId }) => <code className="small">{receivingTenantId}</code>,
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.keyStates[state] ?? state,
    cell: ({ state }) => <Status status={tones[state] ?? state} text={text.keyStates[state] ?? state} />,
  },
  timeColumn('createdAt', text.made, ({ createdAt }) => createdAt, { priority: 3 }),
  timeColumn('expiresAt', text.expires, ({ expiresAt }) => expiresAt, { priority: 2 }),
];
const importColumns: Column<GroupImport>[] = [
  {
    name: 'other',
    label: text.other,
    text: ({ otherTenantName, otherTenantId }) => otherTenantName ?? otherTenantId,
  },
  timeColumn('createdAt', text.since, ({ createdAt }) => createdAt, { priority: 2 }),
];

/** Where a group of this tenant acts, and with which keys others can import it. */
export function Sharing({ group }: { group: Group }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const keys = useQuery(importKeys(tenantId, { groupId: group.id, limit: 200 }));
  const imports = useQuery(groupImports(tenantId, { groupId: group.id, state: 'active', limit: 200 }));
  const [isSharing, setSharing] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [ending, setEnding] = useState<GroupImport>();
  const [reported, setReported] = useState<GroupImport>();
  const { run } = useAct();
  const reason = useReason('groups.change');
  return (
    <>
      <p className="faint">{text.sharingLead}</p>
      <Section
        title={text.where}
        actions={
          <Button kind="primary" reason={reason} onClick={() => setSharing(true)}>
            {text.share}
          </Button>
        }
      >
        <ProblemNote error={imports.error} />
        {!imports.data ? (
          <Skeleton lines={2} />
        ) : imports.data.items.length === 0 ? (
          <p>{text.nowhere}</p>
        ) : (
          <Table
            what={text.whatImports}
            rows={imports.data.items}
            columns={importColumns}
            rowName={({ otherTenantName, otherTenantId }) => otherTenantName ?? otherTenantId}
            rowActions={(row) => [
              { label: text.acts, onSelect: () => setReported(row) },
              {
                label: text.end,
                reason: reasonOf(row.actions, 'group-imports.end'),
                onSelect: () => setEnding(row),
                isDangerous: true,
              },
            ]}
          />
        )}
      </Section>
      <Section title={text.keys}>
        <ProblemNote error={keys.error} />
        {!keys.data ? (
          <Skeleton lines={2} />
        ) : keys.data.items.length === 0 ? (
          <p>{text.noKeys}</p>
        ) : (
          <Table
            what={text.whatKeys}
            rows={keys.data.items}
            columns={keyColumns}
            rowName={({ receivingTenantId }) => receivingTenantId}
            rowActions={({ id, actions }) => [
              {
                label: text.revoke,
                reason: reasonOf(actions, 'import-keys.revoke'),
                onSelect: () =>
                  void run(id, async () => {
                    await revokeImportKey(tenantId, id);
                    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'import-keys'] });
                  }),
                isDangerous: true,
              },
            ]}
          />
        )}
      </Section>
      <Suspense>
        {isSharing ? (
          <ShareDialog
            group={group}
            onClose={() => setSharing(false)}
            onMade={(made) => {
              setSharing(false);
              setSecret(made);
            }}
          />
        ) : null}
      </Suspense>
      {secret ? (
        <SecretDialog
          title={text.keyTitle}
          secrets={[{ label: text.key, value: secret, fileName: 'import-key.txt', help: text.keyHelp }]}
          onDone={() => setSecret(undefined)}
        />
      ) : null}
      {reported ? (
        <Dialog
          title={text.actsIn(reported.otherTenantName ?? reported.otherTenantId)}
          kind="wide"
          onClose={() => setReported(undefined)}
        >
          <Suspense fallback={<Skeleton lines={4} />}>
            <Acts id={reported.id} of="import" />
          </Suspense>
        </Dialog>
      ) : null}
      {ending ? <Ending value={ending} onClose={() => setEnding(undefined)} /> : null}
    </>
  );
}
