import { IconChevronDown } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { type ActOnMany, exportMany, type Which } from '../../api/accounts.ts';
import type { More } from '../../kit/Bulk.tsx';
import { Menu, type MenuItem } from '../../kit/Menu.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';

const ManyQuestion = lazy(() => import('./ManyQuestion.tsx').then((m) => ({ default: m.ManyQuestion })));

export type Act = ActOnMany | 'add-to-group' | 'remove-from-group';

export const isOfGroup = (act: Act): act is 'add-to-group' | 'remove-from-group' =>
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
        <Suspense>
          <ManyQuestion
            {...asking}
            narrowedBy={'filter' in asking.which ? narrowedBy : []}
            onClose={() => setAsking(undefined)}
            onStarted={(taskId) => {
              setAsking(undefined);
              // The bar goes with the ticks, so the task is shown by the page.
              onStarted({ title: `${text.manyVerbs[asking.act]}: ${asking.these}`, taskId, onEnd: clear });
            }}
          />
        </Suspense>
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
