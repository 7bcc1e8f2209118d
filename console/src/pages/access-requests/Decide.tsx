import { InputBase } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { explanation } from '../../api/access.ts';
import { type AccessRequest, approveAccess, askForAccess, refuseAccess } from '../../api/access-requests.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { endOfDay, LastDay } from '../../kit/LastDay.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { requestText as text } from '../../messages/en.access-requests.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';

interface Deciding {
  request: AccessRequest;
  onClose: () => void;
  onDone: () => void;
}

/** A dialog that sends one thing and stays open with the problem when that fails. */
function Sending({
  title,
  verb,
  reason,
  send,
  onClose,
  onDone,
  children,
}: {
  title: string;
  verb: string;
  reason: string | null;
  send: () => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
  children: ReactNode;
}) {
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const go = async () => {
    setPending(true);
    try {
      await send();
      onDone();
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button kind="primary" pending={isPending} reason={reason} onClick={() => void go()}>
            {verb}
          </Button>
        </>
      }
    >
      <ProblemNote error={error} />
      {children}
    </Dialog>
  );
}

/** The groups that would give it, as the explanation names them. */
export function ApproveDialog({ request, onClose, onDone }: Deciding) {
  const tenantId = useTenantId();
  const { principal, permission, namespaceId } = request;
  const found = useQuery(
    explanation(tenantId, {
      principal: principal.id,
      permission: permission as never,
      ...(namespaceId ? { resource: namespaceId } : {}),
    }),
  );
  const groups = (found.data?.remedies ?? []).flatMap(({ changes: [change, more], alsoGives }) =>
    change?.kind === 'join-group' && change.group && !more ? [{ group: change.group, alsoGives }] : [],
  );
  const [groupId, setGroupId] = useState('');
  const [lastDay, setLastDay] = useState('');
  return (
    <Sending
      title={text.approveTitle(principal.displayName)}
      verb={text.approve}
      reason={groupId ? null : text.chooseGroup}
      send={() => approveAccess(tenantId, request.id, { groupId, ...(lastDay ? { endsAt: endOfDay(lastDay) } : {}) })}
      onClose={onClose}
      onDone={onDone}
    >
      <p>{request.reason}</p>
      {found.isLoading ? <Skeleton lines={3} /> : null}
      <ProblemNote error={found.error} />
      {found.data && groups.length === 0 ? <p>{text.noGroup}</p> : null}
      {groups.length > 0 ? (
        <fieldset className="choices">
          <legend>{text.approveLead(permission)}</legend>
          {groups.map(({ group, alsoGives }) => (
            <label key={group.id} className="check">
              <input type="radio" name="group" checked={groupId === group.id} onChange={() => setGroupId(group.id)} />
              <span>
                {group.name} <span className="faint small">{text.alsoGives(alsoGives)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      ) : null}
      <LastDay value={lastDay} onChange={setLastDay} />
    </Sending>
  );
}

export function RefuseDialog({ request, onClose, onDone }: Deciding) {
  const tenantId = useTenantId();
  const [reason, setReason] = useState('');
  return (
    <Sending
      title={text.refuseTitle(request.principal.displayName)}
      verb={text.refuse}
      reason={reason.trim() ? null : text.needsReason}
      send={() => refuseAccess(tenantId, request.id, reason.trim())}
      onClose={onClose}
      onDone={onDone}
    >
      <Reason label={text.decision} hint={text.refuseHint} value={reason} onChange={setReason} />
    </Sending>
  );
}

export function AskDialog({
  permission,
  resource,
  onClose,
  onDone,
}: {
  permission: string;
  resource: string | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const tenantId = useTenantId();
  const [reason, setReason] = useState('');
  return (
    <Sending
      title={text.askTitle(permission)}
      verb={text.send}
      reason={reason.trim() ? null : text.needsReason}
      send={() =>
        askForAccess(tenantId, {
          permission: permission as never,
          reason: reason.trim(),
          ...(resource ? { resource } : {}),
        })
      }
      onClose={onClose}
      onDone={onDone}
    >
      <Reason label={text.reason} hint={text.askHint} value={reason} onChange={setReason} />
    </Sending>
  );
}

function Reason({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  onChange: (reason: string) => void;
}) {
  return (
    <InputBase
      component="textarea"
      multiline
      label={label}
      description={hint}
      value={value}
      maxLength={500}
      rows={3}
      w="100%"
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      data-autofocus
      onChange={({ currentTarget }) => onChange(currentTarget.value.replace(/\s+/g, ' '))}
    />
  );
}
