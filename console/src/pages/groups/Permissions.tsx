import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { grants } from '../../api/groups.ts';
import { topics } from '../../api/session.ts';
import { everyNamespace } from '../../api/tenant.ts';
import type { Grant, Group, Topic } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { LockNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { toast } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { usePlaces, useRightNames } from '../access/right-names.ts';
import { rightOf } from '../access/rights.ts';
import { grantOf, textOf } from './grant-texts.ts';
import { ReviewGrants } from './ReviewGrants.tsx';
import { TopicRows } from './TopicRows.tsx';

/** Whether people of other tenants may have it: single permissions, each told so by the catalogue. */
const isDelegable = ({ permissions }: Topic, permission: string) =>
  permissions.some(({ name, isDelegable: isLet }) => name === permission && isLet);

export function Permissions({ group }: { group: Group }) {
  const tenantId = useTenantId();
  const catalogue = useQuery(topics);
  const held = useQuery({ ...grants(tenantId, group.id), enabled: !group.isOwnerGroup });
  if (group.isOwnerGroup) return <LockNote reason={groupText.ownerPermissions} />;
  if (held.isError)
    return <ProblemPanel error={held.error} onRetry={() => held.refetch()} page={groupText.permissions} />;
  if (catalogue.isError) return <ProblemPanel error={catalogue.error} onRetry={() => catalogue.refetch()} />;
  if (!held.data || !catalogue.data) return <Skeleton lines={8} />;
  return <Editor group={group} catalogue={catalogue.data.items} held={held.data} />;
}

function Editor({
  group,
  catalogue,
  held,
}: {
  group: Group;
  catalogue: Topic[];
  held: Versioned<{ grants: Grant[] }>;
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const reason = reasonOf(group.actions, 'groups.change-grants');
  const before = new Set(held.value.grants.map(textOf));
  const [changes, setChanges] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [scope, setScope] = useState('');
  const [find, setFind] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [isReviewing, setReviewing] = useState(false);
  const isSaved = useRef(false);
  const maySeeNamespaces = useHolds('namespaces.view');
  const places = useQuery({ ...everyNamespace(tenantId), enabled: maySeeNamespaces, retry: false }).data ?? [];
  const nameOf = useRightNames();
  const placeOf = usePlaces();
  // Where it grants something, and which is not among them: deleted, or not shown.
  const others = held.value.grants.flatMap(({ namespaceId }) =>
    namespaceId && !places.some(({ id }) => id === namespaceId) ? [namespaceId] : [],
  );
  const offered = [...new Set([...places.map(({ id }) => id), ...others])];

  // What someone else did meanwhile is not a change of ours.
  const effective = new Map([...changes].filter(([text, isOn]) => before.has(text) !== isOn));
  const added = [...effective].filter(([, isOn]) => isOn).map(([text]) => text);
  const removed = [...effective].filter(([, isOn]) => !isOn).map(([text]) => text);
  const after = new Set([...before].filter((text) => effective.get(text) !== false));
  for (const text of added) after.add(text);

  const set = (text: string, isOn: boolean) => setChanges((old) => new Map(old).set(text, isOn));
  const at = (permission: string) => (scope ? `${permission}@${scope}` : permission);

  const blocker = useBlocker({
    // The tabs of the same page lead away from the ticks as well.
    shouldBlockFn: () => effective.size > 0 && !isSaved.current,
    enableBeforeUnload: () => effective.size > 0 && !isSaved.current,
    withResolver: true,
  });

  const wanted = find.trim().toLowerCase();
  const shown = catalogue
    .filter((topic) => !scope || topic.namespaced)
    .map((topic) => {
      const matches = (text: string) => text.toLowerCase().includes(wanted);
      const permissions =
        wanted && !matches(topic.title) && !matches(topic.name)
          ? topic.permissions.filter(({ name, title }) => matches(name) || matches(title))
          : topic.permissions;
      return { topic, permissions };
    })
    .filter(({ permissions }) => permissions.length > 0);
  const isOpen = (name: string) => open.has(name) || wanted !== '';
  const allOpen = shown.every(({ topic }) => isOpen(topic.name));

  return (
    <div className="permissions">
      {reason ? <LockNote reason={reason} /> : null}
      <div className="toolbar">
        <span className="search-box">
          <input
            type="search"
            data-list-search
            aria-label={groupText.find}
            placeholder={groupText.find}
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
            spellCheck={false}
          />
        </span>
        {offered.length > 0 ? (
          <label className="filter">
            <span>{groupText.scope}</span>
            <select value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
              <option value="">{groupText.everywhere}</option>
              {offered.map((id) => (
                <option key={id} value={id}>
                  {placeOf(id)}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        <span className="toolbar-end">
          <Button
            kind="quiet"
            size="xs"
            onClick={() => setOpen(allOpen ? new Set() : new Set(catalogue.map(({ name }) => name)))}
          >
            {allOpen ? groupText.collapseAll : groupText.expandAll}
          </Button>
        </span>
      </div>
      {shown.length === 0 ? <p className="faint">{groupText.noPermissionMatch}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="table-region" aria-label={en.list.table(groupText.permissions)} tabIndex={0}>
        <table className="table permission-table">
          <thead>
            <tr>
              <th scope="col">{groupText.topic}</th>
              <th scope="col" className="tick">
                {groupText.permissions}
              </th>
            </tr>
          </thead>
          {shown.map(({ topic, permissions }) => (
            <TopicRows
              key={topic.name}
              topic={topic}
              permissions={permissions}
              isOpen={isOpen(topic.name)}
              onToggle={() =>
                setOpen(
                  (old) =>
                    new Set(
                      old.has(topic.name) ? [...old].filter((each) => each !== topic.name) : [...old, topic.name],
                    ),
                )
              }
              isHeld={(permission) => after.has(at(permission))}
              isEverywhere={(permission) => scope !== '' && (after.has(permission) || after.has(`${topic.name}.*`))}
              isChanged={(permission) => effective.has(at(permission))}
              isKept={(permission) => group.source === 'imported' && !isDelegable(topic, permission)}
              elsewhere={
                scope ? 0 : [...after].filter((text) => text.startsWith(`${topic.name}.`) && text.includes('@')).length
              }
              set={(permission, isOn) => set(at(permission), isOn)}
              isLocked={reason !== null}
            />
          ))}
        </table>
      </section>
      {effective.size > 0 ? (
        <section className="sticky-bar" aria-label={groupText.review}>
          <strong>{groupText.unsaved(added.length, removed.length)}</strong>
          <Button onClick={() => setChanges(new Map())}>{groupText.discard}</Button>
          <Button kind="primary" onClick={() => setReviewing(true)}>
            {groupText.review}
          </Button>
        </section>
      ) : null}
      {isReviewing ? (
        <ReviewGrants
          group={group}
          held={[...before]}
          next={[...after].map(grantOf)}
          added={added}
          removed={removed}
          nameOf={(text) => nameOf(rightOf(text))}
          version={held.version}
          onClose={() => setReviewing(false)}
          onStale={async () => {
            await queryClient.refetchQueries({ queryKey: grants(tenantId, group.id).queryKey });
          }}
          onSaved={(saved) => {
            isSaved.current = true;
            queryClient.setQueryData(grants(tenantId, group.id).queryKey, saved);
            void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups', group.id], exact: true });
            setChanges(new Map());
            setReviewing(false);
            toast({ text: groupText.savedPermissions });
            setTimeout(() => {
              isSaved.current = false;
            }, 500);
          }}
        />
      ) : null}
      {blocker.status === 'blocked' ? (
        <Dialog
          title={en.form.leaveTitle}
          role="alertdialog"
          onClose={blocker.reset}
          footer={
            <>
              <button type="button" className="plain-button" data-autofocus onClick={blocker.reset}>
                {en.form.stay}
              </button>
              <Button kind="danger" onClick={blocker.proceed}>
                {en.form.leave}
              </Button>
            </>
          }
        >
          <p>{groupText.unsaved(added.length, removed.length)}</p>
        </Dialog>
      ) : null}
    </div>
  );
}
