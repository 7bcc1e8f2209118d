import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { type Delegation, delegation, endDelegation } from '../../api/delegations.ts';
import { group } from '../../api/tenant.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { DangerRow, Facts, Section } from '../../kit/Page.tsx';
import { Note, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { isOffered, reasonOf, useHolds, useObjectId, useTenantId } from '../../shell/where.ts';
import { nameOf, usePermissionTitles } from './names.ts';

const Activations = lazy(() => import('./Activations.tsx').then((m) => ({ default: m.Activations })));
const Acts = lazy(() => import('./Acts.tsx').then((m) => ({ default: m.Acts })));
const DecisionLook = lazy(() => import('./DecisionLook.tsx').then((m) => ({ default: m.DecisionLook })));
const Approve = lazy(() => import('./Approve.tsx').then((m) => ({ default: m.Approve })));

export function DelegationPage() {
  const tenantId = useTenantId();
  return (
    <DetailPage
      found={useQuery(delegation(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/partner-access', title: text.title }}
      one={text.one}
      nameOf={nameOf}
      statusOf={({ state }) => <Status status={state} text={text.states[state] ?? state} />}
      leadOf={({ purpose }) => purpose}
      above={({ state, side }) =>
        state === 'requested' ? (
          <Note tone={side === 'customer' ? 'warn' : 'info'}>
            {side === 'customer' ? text.waitingOnMe : text.waitingOnThem}
          </Note>
        ) : null
      }
      tabsLabel={text.tabs}
      tabs={(found) => [
        { name: 'access', label: text.tabAccess, content: () => <DelegationDetails found={found} /> },
        ...(found.value.needsActivation
          ? [{ name: 'uses', label: text.activations, content: () => <Activations value={found.value} /> }]
          : []),
        ...(found.value.permissions
          ? [{ name: 'acts', label: text.acts, content: () => <Acts id={found.value.id} side={found.value.side} /> }]
          : []),
      ]}
    />
  );
}

type Fact = [label: string, value: React.ReactNode, help?: React.ReactNode];

function DelegationDetails({ found: { value } }: { found: Versioned<Delegation> }) {
  const titleOf = usePermissionTitles();
  const list = (names: string[]) => (
    <ul className="plain-list">
      {names.map((name) => (
        <li key={name}>
          {titleOf(name)} <code className="faint small">{name}</code>
        </li>
      ))}
    </ul>
  );
  const { state, side, permissions, grants, groupId, endedBy } = value;
  const isOver = state !== 'requested' && state !== 'active';
  return (
    <>
      <Section title={text.request}>
        <Facts
          items={[
            [text.other, nameOf(value)],
            [text.side, text.sides[side] ?? side],
            [text.partnerGroup, value.partnerGroupName ?? (isOver ? text.goneOrUnnamed : text.unnamed)],
            [text.permissions, list(value.askedPermissions)],
            [
              text.namespaces,
              value.askedNamespaces ? value.askedNamespaces.join(', ') || text.everywhere : text.unnamed,
            ],
            [text.days, text.forDays(value.askedDays)],
            [
              text.relation,
              (side === 'customer' ? text.relations : text.relationsThere)[value.relation] ?? value.relation,
            ],
            ...(value.renews ? [[text.renews, <Renewed key="n" id={value.renews} />, text.renewsHelp] as Fact] : []),
            [text.requested, <Time key="r" at={value.createdAt} />],
            ...(state === 'requested' ? [[text.answerBy, <Time key="a" at={value.requestEndsAt} />] as Fact] : []),
          ]}
        />
      </Section>
      {state === 'requested' && side === 'customer' ? (
        <Suspense fallback={<Skeleton />}>
          <Approve value={value} />
        </Suspense>
      ) : null}
      {permissions ? (
        <Section title={text.given}>
          <Facts
            items={[
              [text.may, grants ? <Granted key="m" grants={grants} /> : list(permissions)],
              [text.activation, value.needsActivation ? text.activationNeeded : text.activationFree],
              ...(groupId ? [[text.theirGroup, <GroupHere key="g" id={groupId} />] as Fact] : []),
              [text.decided, <Time key="d" at={value.decidedAt} />],
              ...(endedBy ? [] : [[text.ends, <Time key="e" at={value.endsAt} />] as Fact]),
              ...(endedBy
                ? [
                    [
                      text.ended,
                      <span key="x">
                        <Time at={value.endedAt} /> {text.endedBy[endedBy]}
                      </span>,
                    ] as Fact,
                  ]
                : []),
            ]}
          />
        </Section>
      ) : null}
      {value.reason ? (
        <Section title={text.reason}>
          <p>{value.reason}</p>
        </Section>
      ) : null}
      {isOffered(value.actions, 'delegations.end') && !reasonOf(value.actions, 'delegations.end') ? (
        <Ending value={value} />
      ) : null}
    </>
  );
}

/** What they may do at this moment: where it is limited, the names of the namespaces. */
function Granted({ grants }: { grants: NonNullable<Delegation['grants']> }) {
  const titleOf = usePermissionTitles();
  if (grants.length === 0) return text.nothingNow;
  const names = [...new Set(grants.map(({ permission }) => permission))];
  return (
    <ul className="plain-list">
      {names.map((name) => {
        const places = grants.flatMap((grant) => (grant.permission === name ? [grant.namespaceName] : []));
        const isLimited = places.every((place) => place !== null);
        return (
          <li key={name}>
            {titleOf(name)} <code className="faint small">{name}</code>
            {isLimited ? <span className="faint small block">{text.onlyIn(places.join(', '))}</span> : null}
          </li>
        );
      })}
    </ul>
  );
}

function Ending({ value }: { value: Delegation }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  // A request that nobody answered let nobody in.
  const isRequest = value.state === 'requested';
  const says = isRequest ? text.takingBack : text.ending;
  return (
    <Section title={text.danger} tone="danger">
      <DangerRow title={says.title} text={says.text}>
        <Button kind="danger-quiet" onClick={() => setAsking(true)}>
          {says.verb}
        </Button>
        {isAsking ? (
          <ConfirmDialog
            title={says.question(nameOf(value))}
            verb={says.verb}
            text={says.text}
            breaks={isRequest ? [] : text.endBreaks[value.side]}
            onClose={() => setAsking(false)}
            onConfirm={async () => {
              await endDelegation(tenantId, value.id);
              setAsking(false);
              toast({ text: says.said });
              await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'delegations'] });
            }}
          >
            {value.side === 'customer' && value.state === 'active' ? (
              <Suspense fallback={<Skeleton lines={2} />}>
                <DecisionLook id={value.id} body={{ act: 'end' }} />
              </Suspense>
            ) : null}
          </ConfirmDialog>
        ) : null}
      </DangerRow>
    </Section>
  );
}

function Renewed({ id }: { id: string }) {
  const tenantId = useTenantId();
  return (
    <Link to="/t/$tenantId/partner-access/$id" params={{ tenantId, id }}>
      {text.renewed}
    </Link>
  );
}

/** By its name for who may see groups. */
function GroupHere({ id }: { id: string }) {
  const tenantId = useTenantId();
  const found = useQuery({ ...group(tenantId, id), enabled: useHolds('groups.view'), retry: false }).data;
  return (
    <Link to="/t/$tenantId/groups/$id" params={{ tenantId, id }}>
      {found?.value.name ?? text.theirGroup}
    </Link>
  );
}
