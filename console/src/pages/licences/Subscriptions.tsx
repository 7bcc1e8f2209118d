import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import {
  deleteSubscription,
  type Licence,
  renewSubscription,
  type Subscription,
  subscriptions,
} from '../../api/licences.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty, Note } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { localDay } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { Tiers } from './Tiers.tsx';

const AddSubscription = lazy(() => import('./AddSubscription.tsx').then((m) => ({ default: m.AddSubscription })));

/** What the licence is made of: for how long, of which products, and whether it goes on. */
export function Subscriptions({ of }: { of: Licence }) {
  const at = { tenantId: useTenantId(), licenceId: of.id };
  const queryClient = useQueryClient();
  const state = useListState({ sort: '-activeFrom' });
  const { run } = useAct();
  const [isAdding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Subscription>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', at.tenantId, 'licences'] });
  const renew = (id: string, number: string, autoRenew: boolean): Promise<unknown> =>
    run(id, async () => {
      await renewSubscription({ ...at, id }, autoRenew);
      await refresh();
      toast({
        text: autoRenew ? text.renewedNow(number) : text.notRenewed(number),
        undo: () => renew(id, number, !autoRenew),
      });
    });
  const add =
    of.source === 'file' ? null : (
      <Button
        kind="primary"
        icon={<IconPlus size={16} aria-hidden="true" />}
        reason={reasonOf(of.actions, 'subscriptions.create')}
        onClick={() => setAdding(true)}
      >
        {text.addSubscription}
      </Button>
    );
  return (
    <>
      {of.source === 'file' ? <Note>{text.fromFile}</Note> : null}
      <List
        what={text.whatSubscriptions}
        state={state}
        query={useQuery(subscriptions(at, state.query()))}
        columns={columnsFor(renew)}
        rowName={({ number }) => number}
        hasSearch={false}
        {...(of.source === 'file'
          ? {}
          : {
              rowActions: (row: Subscription) => [
                {
                  label: text.deleteSubscription,
                  reason: reasonOf(row.actions, 'subscriptions.delete'),
                  onSelect: () => setLeaving(row),
                  isDangerous: true,
                },
              ],
            })}
        toolbar={add}
        empty={<Empty title={text.subscriptionsEmpty} text={text.subscriptionsEmptyText} action={add} />}
        page={text.tabSubscriptions}
      />
      {isAdding ? (
        <Suspense>
          <AddSubscription
            at={at}
            onClose={() => setAdding(false)}
            onAdded={async ({ number }) => {
              setAdding(false);
              await refresh();
              toast({ text: text.added(number) });
            }}
          />
        </Suspense>
      ) : null}
      {leaving ? (
        <ConfirmDialog
          title={text.deleteTitle(leaving.number)}
          verb={text.deleteSubscription}
          text={text.deleteText}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await deleteSubscription({ ...at, id: leaving.id });
            setLeaving(undefined);
            await refresh();
            toast({ text: text.subscriptionDeleted(leaving.number) });
          }}
        />
      ) : null}
    </>
  );
}

const columnsFor = (renew: (id: string, number: string, autoRenew: boolean) => unknown): Column<Subscription>[] => [
  { name: 'number', label: text.subscription, text: ({ number }) => number },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state],
    cell: ({ state, graceEndsAt }) => (
      <>
        <Status status={state} text={text.states[state] ?? state} />
        {state === 'grace' ? <div className="small">{text.graceUntil(localDay(graceEndsAt))}</div> : null}
      </>
    ),
  },
  {
    name: 'tiers',
    label: text.tiers,
    text: ({ tiers }) => tiers.map(({ product, tier }) => `${product.name}, ${tier.name}`).join('; '),
    cell: ({ tiers }) => <Tiers tiers={tiers} />,
  },
  timeColumn('activeFrom', text.activeFrom, ({ activeFrom }) => activeFrom, { sort: 'activeFrom', priority: 3 }),
  timeColumn('activeThrough', text.activeThrough, ({ activeThrough }) => activeThrough),
  {
    name: 'autoRenew',
    label: text.autoRenew,
    text: ({ autoRenew }) => (autoRenew ? text.yes : text.no),
    cell: ({ id, number, autoRenew, actions }) =>
      reasonOf(actions, 'subscriptions.change') === null ? (
        <label className="check">
          <input
            type="checkbox"
            checked={autoRenew}
            aria-label={`${text.autoRenew}: ${number}`}
            onChange={() => renew(id, number, !autoRenew)}
          />
          <span aria-hidden="true">{autoRenew ? text.yes : text.no}</span>
        </label>
      ) : autoRenew ? (
        text.yes
      ) : (
        text.no
      ),
  },
  {
    name: 'renewalFrequency',
    label: text.renewal,
    text: ({ renewalFrequency }) => text.frequencies[renewalFrequency],
    priority: 3,
  },
];
