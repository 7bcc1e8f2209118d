import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  approveChange,
  type ChangeRequest,
  changeRequest,
  type MadeChange,
  refuseChange,
} from '../../api/change-requests.ts';
import { BeforeAfter } from '../../kit/BeforeAfter.tsx';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { Facts } from '../../kit/Page.tsx';
import { Note, ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { ReasonField, SendDialog } from '../../kit/SendDialog.tsx';
import type { Secret } from '../../kit/secret.tsx';
import { Table } from '../../kit/Table.tsx';
import { changeRequestText as text } from '../../messages/en.change-requests.ts';
import { namespaceSettingsText as settingsText } from '../../messages/en.namespace-settings.ts';
import { namespaceText } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { localTime } from '../../messages/format.ts';
import { isOffered, reasonOf, useTenantId } from '../../shell/where.ts';
import { type Difference, differenceColumns, nameOf } from './difference-columns.tsx';
import { valueText } from './differences.ts';

interface Deciding {
  of: ChangeRequest;
  onClose: () => void;
  /** With the keys that were made, to be shown once. */
  onDone: (said: string, secrets?: Secret[]) => Promise<unknown>;
}

/** A key that was reset is in the reply to who approves, and nowhere else. */
function secretsIn({ namespaceName, result }: MadeChange): Secret[] | undefined {
  const made = (result ?? {}) as { agentKey?: string; serviceKey?: string };
  const secrets = [
    ...(made.agentKey
      ? [
          {
            label: namespaceText.agentKey,
            value: made.agentKey,
            fileName: `${namespaceName}-agent-key.txt`,
            help: text.secretHelp,
          },
        ]
      : []),
    ...(made.serviceKey
      ? [
          {
            label: namespaceText.serviceKey,
            value: made.serviceKey,
            fileName: `${namespaceName}-service-key.txt`,
            help: text.secretHelp,
          },
        ]
      : []),
  ];
  return secrets.length > 0 ? secrets : undefined;
}

/** What a change would do, as a difference, and the decision about it. */
export function DecideChange({ of, onClose, onDone }: Deciding) {
  const tenantId = useTenantId();
  const found = useQuery(changeRequest(tenantId, of));
  const value = found.data ?? of;
  const [isRefusing, setRefusing] = useState(false);
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  if (isRefusing) return <RefuseDialog of={of} onClose={() => setRefusing(false)} onDone={onDone} />;
  const isOpen = isOffered(value.actions, 'change-requests.approve') || value.state === 'pending';
  const approve = async () => {
    setPending(true);
    setError(undefined);
    try {
      const made = await approveChange(tenantId, value);
      await onDone(text.approved, secretsIn(made));
    } catch (problem) {
      setError(problem);
      setPending(false);
      void found.refetch();
    }
  };
  return (
    <Dialog
      kind="wide"
      title={text.operations[value.operation] ?? value.summary}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.close}</Button>
          {isOpen ? (
            <>
              <Button reason={reasonOf(value.actions, 'change-requests.refuse')} onClick={() => setRefusing(true)}>
                {text.refuse}
              </Button>
              <Button
                kind="primary"
                pending={isPending}
                reason={reasonOf(value.actions, 'change-requests.approve')}
                onClick={() => void approve()}
              >
                {text.approve}
              </Button>
            </>
          ) : null}
        </>
      }
    >
      <ProblemNote error={error} />
      <Facts
        items={[
          [text.who, value.askedBy.displayName],
          [text.when, localTime(value.createdAt)],
          ...(value.state === 'pending'
            ? [[text.until, localTime(value.expiresAt)] as [string, string]]
            : [[text.state, text.states[value.state] ?? value.state] as [string, string]]),
          ...(value.decision ? [[text.answer, value.decision] as [string, string]] : []),
        ]}
      />
      <h3>{text.effects}</h3>
      {found.isLoading ? <Skeleton lines={4} /> : null}
      {found.error ? <ProblemPanel error={found.error} onRetry={() => found.refetch()} /> : null}
      {found.data && !found.data.effects ? <Note>{text.unseen}</Note> : null}
      {(found.data?.effects ?? []).map((effect, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never change their order
        <Effect key={at} effect={effect} />
      ))}
      {value.effectsLeftOut > 0 ? <Note>{text.leftOut(value.effectsLeftOut)}</Note> : null}
    </Dialog>
  );
}

/** What has names is read by them; the rest stands as the audit has it. */
const readable = (fields: unknown = {}) =>
  Object.fromEntries(
    Object.entries(fields as object).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? valueText(value) : value,
    ]),
  );

function Effect({ effect }: { effect: NonNullable<ChangeRequest['effects']>[number] }) {
  const { action, target, before, after, details } = effect;
  const hasFields = before !== undefined || after !== undefined;
  const { changes, ...others } = (details ?? {}) as { changes?: Difference[] };
  return (
    <>
      <p>
        {text.operations[action] ?? <code>{action}</code>}: <strong>{target.name ?? target.id ?? target.kind}</strong>
      </p>
      {hasFields ? <BeforeAfter before={readable(before)} after={readable(after)} /> : null}
      {changes ? (
        <Table
          what={settingsText.what}
          rows={changes.map((each, at) => ({ id: String(at), ...each }))}
          columns={differenceColumns}
          rowName={nameOf}
        />
      ) : null}
      {Object.keys(others).length > 0 ? <BeforeAfter before={{}} after={readable(others)} /> : null}
    </>
  );
}

function RefuseDialog({ of, onClose, onDone }: Deciding) {
  const tenantId = useTenantId();
  const [reason, setReason] = useState('');
  return (
    <SendDialog
      title={text.refuseTitle}
      verb={text.refuse}
      reason={reason.trim() ? null : text.needsReason}
      send={async () => {
        await refuseChange(tenantId, of, reason.trim());
        await onDone(text.refused);
      }}
      onClose={onClose}
    >
      <ReasonField label={text.answer} hint={text.refuseHint} value={reason} onChange={setReason} />
    </SendDialog>
  );
}
