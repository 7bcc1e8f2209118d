import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { allowAllHolds, allowHold, dismissHold, holdsOf } from '../../api/provisioning.ts';
import type { ProvisioningHold } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';

const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));
const { open: _open, ...decidedStates } = text.holdStates;
const filters: Filter[] = [
  { name: 'state', label: text.decision, all: text.onlyOpen, options: options(decidedStates) },
  { name: 'kind', label: text.kind, options: options(text.kindsShort) },
];
const isOpen = ({ state }: ProvisioningHold) => state === 'open';
const isRemoval = ({ kind }: ProvisioningHold) => kind === 'deactivation' || kind === 'deletion';
const isClash = ({ kind }: ProvisioningHold) => kind === 'clash';
const nameOf = ({ account, group }: Pick<ProvisioningHold, 'account' | 'group'>) =>
  account ? account.displayName || account.username : (group?.name ?? '');
const askedOf = ({ kind, group, askedFor }: ProvisioningHold) =>
  kind !== 'clash'
    ? (text.kinds[kind] ?? kind)
    : group
      ? text.groupClash
      : askedFor
        ? text.renamingClash
        : text.kinds.clash;
/** Of what can only be dismissed: what to do instead. */
const remedyOf = (hold: ProvisioningHold) =>
  isOpen(hold) && !isRemoval(hold) ? reasonOf(hold.actions, 'provisioning-holds.allow') : null;
/** Of credentials: what each would become, and which token asked; a password is shown to nobody. */
const changesOf = ({ changes, userName, email, externalId, tokenName }: ProvisioningHold): string[] => [
  ...(changes ?? []).map((name) =>
    name === 'password'
      ? text.newPassword
      : text.becomes[name]({ userName, email, externalId }[name] || text.nothingLeft),
  ),
  ...(tokenName ? [text.byToken(tokenName)] : []),
];
const REFRESH_MS = 5_000;

function Asked({ hold }: { hold: ProvisioningHold }) {
  const remedy = remedyOf(hold);
  return (
    <>
      {askedOf(hold)}
      {changesOf(hold).map((change) => (
        <span key={change} className="faint small block row-detail">
          {change}
        </span>
      ))}
      {remedy ? <span className="faint small block row-detail">{remedy}</span> : null}
    </>
  );
}

/** What provisioning was refused: an administrator lets it through, or leaves it refused. */
export function Holds() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery({
    ...holdsOf(tenantId, { state: 'open', ...state.query<Record<string, string>>() }),
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  const mayChange = useHolds('provisioning.change');
  const { run, pending } = useAct();
  const [allowing, setAllowing] = useState<ProvisioningHold | 'all'>();
  const { shown, isGrave } = useLook(
    allowing === 'all'
      ? { provisioning: { allHolds: true } }
      : allowing && isRemoval(allowing)
        ? { provisioning: { holdId: allowing.id } }
        : null,
  );
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'provisioning'] });
  const dismiss = (hold: ProvisioningHold) =>
    run(hold.id, async () => {
      await dismissHold(tenantId, hold.id);
      await refresh();
      toast({ text: text.dismissed(nameOf(hold)) });
    });

  const columns: Column<ProvisioningHold>[] = [
    {
      name: 'person',
      label: text.person,
      text: nameOf,
      cell: (hold) => (
        <>
          <ObjectLink to={hold.group ? 'groups' : 'accounts'} id={hold.account?.id ?? hold.group?.id ?? ''}>
            {nameOf(hold)}
          </ObjectLink>
          <span className="faint small block row-detail">{hold.userName}</span>
          <span className="narrow-only row-detail">
            <Asked hold={hold} />
          </span>
        </>
      ),
    },
    {
      name: 'kind',
      label: text.kind,
      text: askedOf,
      cell: (hold) => <Asked hold={hold} />,
      priority: 2,
    },
    {
      name: 'decision',
      label: text.decision,
      text: (hold) => text.holdStates[hold.state],
      cell: (hold) =>
        isOpen(hold) ? (
          <span className="decide">
            <Button
              size="xs"
              reason={reasonOf(hold.actions, 'provisioning-holds.allow')}
              label={`${isClash(hold) ? text.adopt : text.allow}: ${nameOf(hold)}`}
              onClick={() => setAllowing(hold)}
            >
              {isClash(hold) ? text.adopt : text.allow}
            </Button>
            <Button
              size="xs"
              kind="quiet"
              reason={reasonOf(hold.actions, 'provisioning-holds.dismiss')}
              pending={pending === hold.id}
              label={`${text.dismissHold}: ${nameOf(hold)}`}
              onClick={() => dismiss(hold)}
            >
              {text.dismissHold}
            </Button>
          </span>
        ) : (
          <Status status={hold.state} text={text.holdStates[hold.state] ?? hold.state} />
        ),
    },
    {
      name: 'attempts',
      label: text.attempts,
      text: ({ attempts }) => String(attempts),
      isNumber: true,
      priority: 3,
    },
    timeColumn('lastAttemptAt', text.lastAttempt, ({ lastAttemptAt }) => lastAttemptAt, {
      sort: 'lastAttemptAt',
      priority: 2,
    }),
  ];
  const waiting = query.data?.items.filter((hold) => isOpen(hold) && isRemoval(hold)).length ?? 0;
  return (
    <>
      <p className="page-lead">{text.holdsLead}</p>
      <List
        what={text.held}
        page={text.title}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        hasCsv={false}
        rowName={nameOf}
        toolbar={
          <Button
            size="xs"
            reason={mayChange ? (waiting > 0 ? null : text.noRemoval) : text.undoNeeds}
            onClick={() => setAllowing('all')}
          >
            {text.allowAll}
          </Button>
        }
        empty={<Empty title={text.holdsEmpty} text={text.holdsEmptyText} />}
      />
      {allowing === 'all' ? (
        <ConfirmDialog
          title={text.allowAllTitle}
          verb={text.allowAll}
          text={text.allowAllText}
          breaks={text.allowAllBreaks}
          typedName={text.allowAllTyped}
          onClose={() => setAllowing(undefined)}
          onConfirm={async () => {
            const { allowed } = await allowAllHolds(tenantId);
            setAllowing(undefined);
            await refresh();
            toast({ text: text.allowedAll(allowed) });
          }}
        >
          {shown}
        </ConfirmDialog>
      ) : allowing ? (
        <ConfirmDialog
          title={text.allowTitle(allowing.kind, nameOf(allowing))}
          verb={isClash(allowing) ? text.adopt : text.allow}
          text={text.allowed(nameOf(allowing))}
          breaks={[
            ...changesOf(allowing),
            ...(allowing.changes?.includes('password') ? [text.passwordUnknown] : []),
            ...(text.allowBreaks[allowing.kind] ?? []),
          ]}
          {...(isGrave ? { typedName: nameOf(allowing) } : {})}
          onClose={() => setAllowing(undefined)}
          onConfirm={async () => {
            await allowHold(tenantId, allowing.id);
            setAllowing(undefined);
            await refresh();
            toast({ text: text.allowed(nameOf(allowing)) });
          }}
        >
          {shown}
        </ConfirmDialog>
      ) : null}
    </>
  );
}
