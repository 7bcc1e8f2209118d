import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import { type Campaign, type ReviewItem, reviewItems } from '../../api/reviews.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { useRightNames } from '../access/right-names.ts';
import { inWords, rightOf } from '../access/rights.ts';

const DecideDialog = lazy(() => import('./DecideDialog.tsx').then((m) => ({ default: m.DecideDialog })));
const DecideMany = lazy(() => import('./DecideMany.tsx').then((m) => ({ default: m.DecideMany })));

const filters: Filter[] = [
  { name: 'yours', label: text.whose, all: text.everybodys, options: [{ value: 'true', label: text.mine }] },
  {
    name: 'state',
    label: text.decision,
    options: Object.entries(text.itemStates).map(([value, label]) => ({ value, label })),
  },
  {
    name: 'unusedDays',
    label: text.unused,
    all: text.anyUse,
    options: ['30', '90', '180', '365'].map((value) => ({ value, label: text.unusedDays(value) })),
  },
  { name: 'groupId', label: text.group, options: [] },
];

/** Of a partner's group everybody is decided about at once. */
export const nameOf = ({ kind, displayName, group }: ReviewItem) =>
  kind === 'partner' ? text.everybodyIn(group.name) : text.membership(displayName, group.name);

type NameOf = ReturnType<typeof useRightNames>;

const givesOf = ({ group, grants }: ReviewItem, nameOfRight: NameOf) =>
  group.isOwnerGroup ? text.everything : grants.map((grant) => nameOfRight(rightOf(grant))).join(', ');

/** So many grants are shown in the list. */
const SHOWN = 2;

const givesInShort = (item: ReviewItem, nameOfRight: NameOf) => {
  const more = item.grants.length - SHOWN;
  const shown = givesOf({ ...item, grants: item.grants.slice(0, SHOWN) }, nameOfRight);
  return item.group.isOwnerGroup || more <= 0 ? shown : text.moreGrants(shown, more);
};

/** What was decided and by whom; else what is otherwise than when it was gathered, and where it is changed. */
const toKnow = ({ state, changed, managed, note, reason, decidedBy }: ReviewItem, nameOfRight: NameOf): string[] => [
  ...(decidedBy ? [text.by(decidedBy.displayName, reason)] : []),
  ...(note ? [note] : state === 'undecided' && managed ? [managed] : []),
  ...changed.map((each) => inWords(each, nameOfRight)),
];

/** A link for who may see what it leads to: reviewers need no other right. */
function Known({ kind, id, name }: { kind: string; id: string | null; name: string }) {
  const permission =
    kind === 'group' ? 'groups.view' : kind === 'service-account' ? 'integrations.view' : 'accounts.view';
  const maySee = useHolds(permission);
  return maySee ? (
    <TargetLink kind={kind} id={id}>
      {name}
    </TargetLink>
  ) : (
    name
  );
}

const columnsOf = (nameOfRight: NameOf): Column<ReviewItem>[] => [
  {
    name: 'who',
    label: text.who,
    text: ({ displayName }) => displayName,
    cell: ({ kind, principalId, displayName, email }) => (
      <>
        <Known kind={kind} id={principalId} name={displayName} />
        {email ? <span className="block faint small">{email}</span> : null}
      </>
    ),
  },
  {
    name: 'group',
    label: text.group,
    text: ({ group }) => group.name,
    cell: (item) => (
      <>
        <Known kind="group" id={item.group.id} name={item.group.name} />
        <span className="block faint small wide-cell">{givesInShort(item, nameOfRight)}</span>
      </>
    ),
  },
  { name: 'gives', label: text.gives, text: (item) => givesOf(item, nameOfRight), isExtra: true },
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { sort: 'lastUsedAt', none: text.never }),
  {
    name: 'state',
    label: text.decision,
    text: ({ state }) => text.itemStates[state] ?? state,
    cell: ({ state }) => <Status status={state} text={text.itemStates[state] ?? state} />,
  },
  {
    name: 'changed',
    label: text.changed,
    text: (item) => toKnow(item, nameOfRight).join(' '),
    cell: (item) =>
      toKnow(item, nameOfRight).map((each) => (
        <span key={each} className="block small wide-cell">
          {each}
        </span>
      )),
    priority: 2,
  },
  { name: 'path', label: text.path, text: ({ path }) => text.paths[path] ?? path, priority: 3 },
  timeColumn('addedAt', text.added, ({ addedAt }) => addedAt, { sort: 'addedAt', priority: 3 }),
  timeColumn('endsAt', text.until, ({ endsAt }) => endsAt, { priority: 3, none: text.noEnd }),
];

export type Decision = 'keep' | 'remove';

/** Who has what, longest unused first, with what is decided about it. */
export function Items({ campaign }: { campaign: Campaign }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: 'lastUsedAt' });
  const query = useQuery({
    ...reviewItems(tenantId, campaign.id, state.query()),
    enabled: campaign.state !== 'gathering',
  });
  const nameOfRight = useRightNames();
  const columns = useMemo(() => columnsOf(nameOfRight), [nameOfRight]);
  const [one, setOne] = useState<{ item: ReviewItem; decision: Decision }>();
  const [many, setMany] = useState<{ ids?: string[]; decision: Decision; clear?: () => void }>();
  const isOpen = campaign.state === 'open';
  const done = async () => {
    // The dialog goes first: what it looked at is decided, and nobody's to look at again.
    flushSync(() => {
      setOne(undefined);
      setMany(undefined);
    });
    many?.clear?.();
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
  };
  if (campaign.state === 'gathering') return null;
  return (
    <>
      <List
        what={text.itemsWhat}
        state={state}
        query={query}
        filters={filters}
        columns={columns}
        rowName={nameOf}
        rowActions={(item) =>
          (['keep', 'remove'] as const).map((decision) => ({
            label: text[decision],
            reason: reasonOf(item.actions, 'review-campaigns.decide'),
            onSelect: () => setOne({ item, decision }),
            ...(decision === 'remove' ? { isDangerous: true } : {}),
          }))
        }
        toolbar={
          campaign.yours > 1 ? <Button onClick={() => setMany({ decision: 'keep' })}>{text.decideAll}</Button> : null
        }
        {...(isOpen
          ? {
              more: ({ ids, clear }) =>
                (['keep', 'remove'] as const).map((decision) => (
                  <Button
                    key={decision}
                    kind={decision === 'remove' ? 'danger-quiet' : 'plain'}
                    onClick={() => setMany({ ids, decision, clear })}
                  >
                    {text[decision]}
                  </Button>
                )),
            }
          : {})}
        empty={<Empty title={text.noItemsTitle} text={text.noItemsText} />}
      />
      <Suspense>
        {one ? <DecideDialog campaign={campaign} {...one} onClose={() => setOne(undefined)} onDone={done} /> : null}
        {many ? <DecideMany campaign={campaign} {...many} onClose={() => setMany(undefined)} onDone={done} /> : null}
      </Suspense>
    </>
  );
}
