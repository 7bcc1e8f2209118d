import { lazy, Suspense, useState } from 'react';
import { resetAgentKey, resetServiceKey } from '../../api/namespaces.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { Section } from '../../kit/Page.tsx';
import type { Secret } from '../../kit/secret.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { keysOf } from './keys.ts';

const SecretDialog = lazy(() => import('../../kit/secret.tsx').then((m) => ({ default: m.SecretDialog })));
const OverlapDialog = lazy(() => import('../../kit/OverlapDialog.tsx').then((m) => ({ default: m.OverlapDialog })));

type KeyRow = Namespace['agentKeys'][number] & { label: string };

const keyColumns = ({ status }: Namespace): Column<KeyRow>[] => [
  { name: 'key', label: text.key, text: ({ label }) => label },
  {
    name: 'lastFour',
    label: text.lastFour,
    text: ({ lastFour }) => lastFour,
    cell: ({ lastFour }) => <code>…{lastFour}</code>,
  },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { priority: 2 }),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt),
  timeColumn('endsAt', text.ends, ({ endsAt }) => endsAt, {
    none: status === 'deleted' ? text.endsDeleted : text.endsNone,
    priority: 2,
  }),
];

/** The keys of a namespace, and new ones in their place. */
export function KeysSection({ value, refresh }: { value: Namespace; refresh: () => Promise<void> }) {
  const tenantId = useTenantId();
  const [reset, setReset] = useState<'agent' | 'service'>();
  const [secrets, setSecrets] = useState<Secret[]>();
  const keys = [
    ...value.agentKeys.map((key) => ({ ...key, label: text.agentKey })),
    ...value.serviceKeys.map((key) => ({ ...key, label: text.serviceKey })),
  ];
  return (
    <>
      <Section
        title={text.keys}
        actions={
          <>
            <Button reason={reasonOf(value.actions, 'namespaces.reset-agent-key')} onClick={() => setReset('agent')}>
              {text.resetAgent}
            </Button>
            <Button
              reason={reasonOf(value.actions, 'namespaces.reset-service-key')}
              onClick={() => setReset('service')}
            >
              {text.resetService}
            </Button>
          </>
        }
      >
        <Table what={text.keys} rows={keys} rowName={({ label }) => label} columns={keyColumns(value)} />
      </Section>
      {reset ? (
        <Suspense>
          <OverlapDialog
            title={text.resetTitle(reset === 'agent' ? text.resetAgent : text.resetService, value.name)}
            text={text.resetText}
            label={text.overlap}
            verb={reset === 'agent' ? text.resetAgent : text.resetService}
            options={text.overlaps}
            first="0"
            onClose={() => setReset(undefined)}
            onConfirm={async (overlapSeconds) => {
              const made = keysOf(
                value.name,
                await (reset === 'agent' ? resetAgentKey : resetServiceKey)(tenantId, value.id, overlapSeconds),
              );
              setReset(undefined);
              setSecrets(made);
              void refresh();
            }}
          />
        </Suspense>
      ) : null}
      {secrets ? (
        <Suspense>
          <SecretDialog title={text.secretTitle(value.name)} secrets={secrets} onDone={() => setSecrets(undefined)} />
        </Suspense>
      ) : null}
    </>
  );
}
