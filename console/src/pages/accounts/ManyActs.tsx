import { IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Look } from '../../api/access.ts';
import { type ActOnMany, exportMany, startActOnMany, startGroupActOnMany, type Which } from '../../api/accounts.ts';
import { groups } from '../../api/tenant.ts';
import type { More } from '../../kit/Bulk.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Menu, type MenuItem } from '../../kit/Menu.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';

type Act = ActOnMany | 'add-to-group' | 'remove-from-group';

const isOfGroup = (act: Act): act is 'add-to-group' | 'remove-from-group' =>
  act === 'add-to-group' || act === 'remove-from-group';

export interface StartedTask {
  title: string;
  taskId: string;
  onEnd: () => void;
}

type Permission = 'accounts.change' | 'accounts.delete' | 'groups.change';
const permissionOf = (act: Act): Permission =>
  act === 'delete-many' ? 'accounts.delete' : isOfGroup(act) ? 'groups.change' : 'accounts.change';

const rare: Act[] = ['invite-again-many', 'add-to-group', 'remove-from-group', 'delete-many'];

type Filter = Extract<Which, { filter: unknown }>['filter'];

const formats = ['csv', 'json'] as const;
type Format = (typeof formats)[number];

/** Menu items that export accounts to a file. */
export function useExports(onStarted: (task: StartedTask) => void) {
  const tenantId = useTenantId();
  const { run } = useAct();
  return (which: Which, these: string, label: (format: Format) => string = (format) => text.exportAs[format]) =>
    formats.map(
      (format): MenuItem => ({
        label: label(format),
        onSelect: () =>
          void run('export', async () => {
            const { id } = await exportMany(tenantId, format, which);
            onStarted({ title: text.exportOf(these), taskId: id, onEnd: () => {} });
          }),
      }),
    );
}

/** Acts on many accounts that run as tasks: on the ticked ones, or on all that the list's filters leave. */
export function ManyActs({
  ids,
  matching,
  narrowedBy,
  clear,
  filter,
  onStarted,
}: More & { filter: Filter; onStarted: (task: StartedTask) => void }) {
  const [asking, setAsking] = useState<{ act: Act; which: Which; these: string }>();
  const holds: Record<Permission, boolean> = {
    'accounts.change': useHolds('accounts.change'),
    'accounts.delete': useHolds('accounts.delete'),
    'groups.change': useHolds('groups.change'),
  };
  const items = (acts: Act[], which: Which, these: string): MenuItem[] =>
    acts.map((act) => ({
      label: text.manyVerbs[act],
      isDangerous: act === 'delete-many',
      reason: holds[permissionOf(act)] ? null : text.needs(permissionOf(act)),
      onSelect: () => setAsking({ act, which, these }),
    }));
  const exports = useExports(onStarted);
  const ticked = en.list.rows(number(ids.length), text.what);
  return (
    <>
      <ActsMenu label={text.moreActs} items={[...items(rare, { ids }, ticked), ...exports({ ids }, ticked)]} />
      {matching === null ? null : (
        <ActsMenu
          label={text.allMatching(matching)}
          items={[
            ...items(['enable-many', 'disable-many', ...rare], { filter }, text.accountsMatching(matching)),
            ...exports({ filter }, text.accountsMatching(matching)),
          ]}
        />
      )}
      {asking ? (
        <Question
          {...asking}
          narrowedBy={'filter' in asking.which ? narrowedBy : []}
          onClose={() => setAsking(undefined)}
          onStarted={(taskId) => {
            setAsking(undefined);
            // The bar goes with the ticks, so the task is shown by the page.
            onStarted({ title: `${text.manyVerbs[asking.act]}: ${asking.these}`, taskId, onEnd: clear });
          }}
        />
      ) : null}
    </>
  );
}

function ActsMenu({ label, items }: { label: string; items: MenuItem[] }) {
  return (
    <Menu
      label={label}
      className="button button-plain button-sm"
      trigger={
        <>
          {label} <IconChevronDown size={14} aria-hidden="true" />
        </>
      }
      items={items}
    />
  );
}

const lookActs: Partial<Record<Act, NonNullable<Look['accounts']>['act']>> = {
  'enable-many': 'enable',
  'disable-many': 'disable',
  'delete-many': 'delete',
  'add-to-group': 'addToGroup',
  'remove-from-group': 'removeFromGroup',
};

/** Says what the act does to how many, asks for the group where it needs one, and starts the task. */
function Question({
  act,
  which,
  these,
  narrowedBy,
  onClose,
  onStarted,
}: {
  act: Act;
  which: Which;
  these: string;
  narrowedBy: string[];
  onClose: () => void;
  onStarted: (taskId: string) => void;
}) {
  const tenantId = useTenantId();
  const [groupId, setGroupId] = useState('');
  const offered = useQuery({ ...groups(tenantId, { limit: 200, sort: 'name' }), enabled: isOfGroup(act) }).data?.items;
  const chosen = groupId || (offered?.find(({ isOwnerGroup }) => !isOwnerGroup)?.id ?? '');
  const lookAct = lookActs[act];
  const { shown, isGrave } = useLook(
    lookAct && (!isOfGroup(act) || chosen)
      ? { accounts: { act: lookAct, ...which, ...(isOfGroup(act) ? { groupId: chosen } : {}) } }
      : null,
  );
  return (
    <ConfirmDialog
      title={`${text.manyVerbs[act]}: ${these}?`}
      {...(isGrave ? { typedName: these } : {})}
      verb={text.manyVerbs[act]}
      kind={act === 'delete-many' || act === 'disable-many' ? 'danger' : 'primary'}
      text={text.manyTexts[act]}
      breaks={narrowedBy}
      breaksTitle={text.onlyThose}
      onClose={onClose}
      onConfirm={async () => {
        const { id } = isOfGroup(act)
          ? await startGroupActOnMany(tenantId, act, chosen, which)
          : await startActOnMany(tenantId, act, which);
        onStarted(id);
      }}
    >
      {isOfGroup(act) ? (
        <label className="typed-name">
          {text.inGroup}
          <select value={chosen} onChange={(event) => setGroupId(event.currentTarget.value)}>
            {(offered ?? []).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {shown}
    </ConfirmDialog>
  );
}
