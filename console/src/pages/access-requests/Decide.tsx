import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { explanation, type Permission } from '../../api/access.ts';
import { type AccessRequest, approveAccess, askForAccess, refuseAccess } from '../../api/access-requests.ts';
import { endOfDay, LastDay } from '../../kit/LastDay.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { ReasonField, SendDialog } from '../../kit/SendDialog.tsx';
import { requestText as text } from '../../messages/en.access-requests.ts';
import { groupText } from '../../messages/en.groups.ts';
import { useTenantId } from '../../shell/where.ts';
import { useGroupLook } from '../access/looking.tsx';
import { useRightNames } from '../access/right-names.ts';

interface Deciding {
  request: AccessRequest;
  onClose: () => void;
  onDone: () => void;
}

/** The groups that would give it, as the explanation names them. */
export function ApproveDialog({ request, onClose, onDone }: Deciding) {
  const tenantId = useTenantId();
  const { principal, permission, namespaceId } = request;
  const nameOf = useRightNames();
  const found = useQuery(
    explanation(tenantId, {
      principal: principal.id,
      permission: permission as Permission,
      ...(namespaceId ? { resource: namespaceId } : {}),
    }),
  );
  const groups = (found.data?.remedies ?? []).flatMap(({ changes: [change, more], alsoGives }) =>
    change?.kind === 'join-group' && change.group && !more ? [{ group: change.group, alsoGives }] : [],
  );
  const [groupId, setGroupId] = useState('');
  const [lastDay, setLastDay] = useState('');
  const isOwner = groups.some(({ group }) => group.id === groupId && group.isOwnerGroup);
  const { shown } = useGroupLook(
    groupId,
    groupId ? { [principal.kind === 'account' ? 'addAccountIds' : 'addGuestIds']: [principal.id] } : null,
  );
  return (
    <SendDialog
      title={text.approveTitle(principal.displayName)}
      verb={text.approve}
      reason={groupId ? null : text.chooseGroup}
      send={async () => {
        await approveAccess(tenantId, request.id, {
          groupId,
          ...(lastDay && !isOwner ? { endsAt: endOfDay(lastDay) } : {}),
        });
        onDone();
      }}
      onClose={onClose}
    >
      <p>{nameOf(request)}</p>
      <p>{request.reason}</p>
      {found.isLoading ? <Skeleton lines={3} /> : null}
      <ProblemNote error={found.error} />
      {found.data && groups.every(({ group }) => group.isOwnerGroup) ? (
        <p>
          {groups.length === 0 ? text.noGroup : text.ownersOnly}{' '}
          <Link to="/t/$tenantId/groups" params={{ tenantId }}>
            {groupText.title}
          </Link>
        </p>
      ) : null}
      {groups.length > 0 ? (
        <fieldset className="choices">
          <legend>{text.approveLead(nameOf(request))}</legend>
          {groups.map(({ group, alsoGives }) => (
            <label key={group.id} className="check">
              <input type="radio" name="group" checked={groupId === group.id} onChange={() => setGroupId(group.id)} />
              <span>
                {group.name}{' '}
                <span className="faint small">{group.isOwnerGroup ? text.owners : text.alsoGives(alsoGives)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      ) : null}
      {shown}
      {isOwner ? null : <LastDay value={lastDay} onChange={setLastDay} />}
    </SendDialog>
  );
}

export function RefuseDialog({ request, onClose, onDone }: Deciding) {
  const tenantId = useTenantId();
  const nameOf = useRightNames();
  const [reason, setReason] = useState('');
  return (
    <SendDialog
      title={text.refuseTitle(request.principal.displayName)}
      verb={text.refuse}
      reason={reason.trim() ? null : text.needsReason}
      send={async () => {
        await refuseAccess(tenantId, request.id, reason.trim());
        onDone();
      }}
      onClose={onClose}
    >
      <p>{nameOf(request)}</p>
      <p>{request.reason}</p>
      <ReasonField label={text.decision} hint={text.refuseHint} value={reason} onChange={setReason} />
    </SendDialog>
  );
}

export function AskDialog({
  permission,
  resource,
  onClose,
  onDone,
}: {
  permission: Permission;
  resource: string | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const tenantId = useTenantId();
  const nameOf = useRightNames();
  const [reason, setReason] = useState('');
  return (
    <SendDialog
      title={text.askTitle(nameOf({ permission, namespaceId: resource ?? null }))}
      verb={text.send}
      reason={reason.trim() ? null : text.needsReason}
      send={async () => {
        await askForAccess(tenantId, { permission, reason: reason.trim(), ...(resource ? { resource } : {}) });
        onDone();
      }}
      onClose={onClose}
    >
      <ReasonField label={text.reason} hint={text.askHint} value={reason} onChange={setReason} />
    </SendDialog>
  );
}
