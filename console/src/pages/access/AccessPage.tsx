import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Fragment, lazy, Suspense, useState } from 'react';
import { explanation, type Permission } from '../../api/access.ts';
import { ownWaitingRequests, withdrawAccess } from '../../api/access-requests.ts';
import { me, topics } from '../../api/session.ts';
import { accounts, everyNamespace, serviceAccounts } from '../../api/tenant.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { useGuestsCalled } from '../../kit/guests-called.ts';
import { isId } from '../../kit/ids.ts';
import { Page, Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { useSettled } from '../../kit/settled.ts';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accessText as text } from '../../messages/en.access.ts';
import { requestText } from '../../messages/en.access-requests.ts';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { useHolds, usePlace, useTenantId } from '../../shell/where.ts';
import { grantText, Paths } from './Paths.tsx';
import { usePlaces, useRightNames } from './right-names.ts';

const Holders = lazy(() => import('./Holders.tsx').then((m) => ({ default: m.Holders })));
const AskDialog = lazy(() => import('../access-requests/Decide.tsx').then((m) => ({ default: m.AskDialog })));

interface Asked {
  principal?: string | undefined;
  permission?: Permission | undefined;
  operation?: string | undefined;
  resource?: string | undefined;
  /** `everyone`: who may at all. */
  tab?: string | undefined;
}

/** Who may do something, why, and what would change it. The address holds the question, so that it can be sent. */
export function AccessPage() {
  const tenantId = useTenantId();
  const asked = useSearch({ strict: false }) as Asked;
  const navigate = useNavigate();
  const go = (changes: Asked) =>
    void navigate({
      to: '/t/$tenantId/access',
      params: { tenantId },
      search: { ...asked, cursor: undefined, ...changes },
    });
  const seesGroups = useHolds('groups.view');
  const isEveryone = seesGroups && asked.tab === 'everyone' && asked.permission !== undefined;
  const isAsked = asked.permission !== undefined || asked.operation !== undefined;
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead}>
      <Question asked={asked} go={go} seesGroups={seesGroups} />
      {!isAsked ? (
        <p className="faint">{text.nothingAsked}</p>
      ) : isEveryone ? (
        <Suspense fallback={<Skeleton lines={6} />}>
          <Holders permission={asked.permission as Permission} resource={asked.resource} />
        </Suspense>
      ) : (
        <Answer asked={asked} />
      )}
    </Page>
  );
}

function Question({ asked, go, seesGroups }: { asked: Asked; go: (changes: Asked) => void; seesGroups: boolean }) {
  const tenantId = useTenantId();
  const catalogue = useQuery(topics).data?.items ?? [];
  // Who comes from a refusal asks by an operation: the answer names the permission that it needs.
  const needed = useQuery({
    ...explanation(tenantId, questionOf(asked)),
    enabled: asked.permission === undefined && asked.operation !== undefined,
  }).data?.permission;
  const chosen = asked.permission ?? (asked.operation ? (needed as Permission | undefined) : undefined);
  const topic = catalogue.find(({ name }) => chosen?.startsWith(`${name}.`));
  const seesNamespaces = useHolds('namespaces.view');
  const places = useQuery({ ...everyNamespace(tenantId), enabled: seesNamespaces, retry: false }).data ?? [];
  return (
    <div className="toolbar">
      {seesGroups ? (
        <Who asked={asked} go={(changes) => go({ permission: chosen, operation: undefined, ...changes })} />
      ) : null}
      <label className="filter">
        <span>{text.permission}</span>
        <select
          value={chosen ?? ''}
          onChange={(event) =>
            go({ permission: (event.currentTarget.value as Permission) || undefined, operation: undefined })
          }
        >
          <option value="">{text.choose}</option>
          {catalogue.map(({ name, title, permissions }) => (
            <optgroup key={name} label={title}>
              {permissions.map((permission) => (
                <option key={permission.name} value={permission.name}>
                  {permission.title} ({permission.name})
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {places.length > 0 && topic?.namespaced ? (
        <label className="filter">
          <span>{text.where}</span>
          <select
            value={asked.resource ?? ''}
            onChange={(event) => go({ resource: event.currentTarget.value || undefined })}
          >
            <option value="">{text.everywhere}</option>
            {places.map(({ id, name }) => (
              <option key={id} value={id}>
                {text.inNamespace(name)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </div>
  );
}

/** Of each kind. */
const MOST_FOUND = 8;

/** Somebody by name, or anything by its id. */
function Who({ asked, go }: { asked: Asked; go: (changes: Asked) => void }) {
  const tenantId = useTenantId();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState({ id: '', label: '' });
  const q = useSettled(typed.trim());
  const whoId = q.toLowerCase();
  const isWho = isId(whoId);
  const query = { limit: MOST_FOUND, q };
  const people = useQuery({
    ...accounts(tenantId, query),
    enabled: useHolds('accounts.view') && q !== '' && !isWho,
    retry: false,
  });
  const machines = useQuery({
    ...serviceAccounts(tenantId, query),
    enabled: useHolds('integrations.view') && q !== '' && !isWho,
    retry: false,
  });
  const guests = useGuestsCalled(isWho ? '' : q);
  // Who came by a link has a name as soon as the answer is there.
  const known = useQuery({
    ...explanation(tenantId, questionOf(asked)),
    enabled: asked.principal !== undefined && (asked.permission ?? asked.operation) !== undefined,
  }).data;
  const found = [
    ...(isWho ? [{ id: whoId, label: `${text.whoId}: ${whoId}` }] : []),
    ...(q && !isWho ? (people.data?.items ?? []) : []).map(({ id, displayName, email, username }) => ({
      id,
      label: `${displayName} (${email ?? username})`,
    })),
    ...(q && !isWho ? (machines.data?.items ?? []) : []).map(({ id, name }) => ({ id, label: name })),
    ...(q && !isWho ? (guests.data ?? []) : []).slice(0, MOST_FOUND).map(({ id, displayName, homeTenantName }) => ({
      id,
      label: `${displayName} (${[groupText.kinds.guest, homeTenantName].filter(Boolean).join(' · ')})`,
    })),
  ];
  const choose = (changes: Asked) => {
    setTyped('');
    go(changes);
  };
  return (
    <div>
      <span className="search-box">
        <input
          type="search"
          aria-label={text.whoFind}
          placeholder={text.whoFind}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          spellCheck={false}
        />
      </span>{' '}
      <button
        type="button"
        className="link-button"
        aria-pressed={asked.tab !== 'everyone' && asked.principal === undefined}
        onClick={() => choose({ principal: undefined, tab: undefined })}
      >
        {text.myself}
      </button>{' '}
      <button
        type="button"
        className="link-button"
        aria-pressed={asked.tab === 'everyone'}
        onClick={() => choose({ principal: undefined, tab: 'everyone' })}
      >
        {text.everyone}
      </button>
      {asked.principal ? (
        <p className="small">
          {text.who}: {chosen.id === asked.principal ? chosen.label : (known?.principal.name ?? asked.principal)}
        </p>
      ) : null}
      {q && found.length === 0 && !people.isFetching && !machines.isFetching && !guests.isFetching ? (
        <p className="faint small">{en.list.nothingFound}</p>
      ) : null}
      {found.length > 0 ? (
        <ul className="pick-list">
          {found.map(({ id, label }) => (
            <li key={id}>
              <button
                type="button"
                className="link-button"
                onClick={() => {
                  setChosen({ id, label });
                  choose({ principal: id, tab: undefined });
                }}
              >
                {label}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

const questionOf = ({ principal, permission, operation, resource }: Asked) => ({
  ...(principal ? { principal } : {}),
  ...(operation ? { operation } : permission ? { permission } : {}),
  ...(resource ? { resource } : {}),
});

function Answer({ asked }: { asked: Asked }) {
  const { principal, resource } = asked;
  const tenantId = useTenantId();
  const who = useQuery(me).data;
  const found = useQuery(explanation(tenantId, questionOf(asked)));
  const nameOf = useRightNames();
  const placeOf = usePlaces();
  if (found.isError) return <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />;
  if (!found.data) return <Skeleton lines={6} />;
  const { data } = found;
  const isMe = principal === undefined || data.principal.id === who?.id;
  const what = nameOf({ permission: data.permission });
  // A node of before, while old and new ones run together, says nothing of it.
  const { mayAsk = true } = data;
  return (
    <>
      <Note tone={data.allowed ? 'good' : 'locked'}>
        <strong>
          {isMe
            ? (data.allowed ? text.yesYou : text.noYou)(what)
            : (data.allowed ? text.yes : text.no)(data.principal.name, what)}
        </strong>{' '}
        {data.resource.kind === 'namespace' ? placeOf(data.resource.id, data.resource.name) : text.everywhere}
      </Note>
      {!isMe || data.allowed || data.paths.length > 0 ? null : mayAsk ? (
        <Ask permission={data.permission as Permission} resource={resource} />
      ) : (
        <p>{requestText.askAtHome}</p>
      )}
      <Section title={text.paths}>
        {data.paths.length === 0 ? <p>{text.pathsNone}</p> : <Paths paths={data.paths} isLong />}
      </Section>
      {data.allowed ? null : (
        <Section title={text.remedies} lead={data.remedies.length > 0 ? text.remediesLead : undefined}>
          {data.remedies.length === 0 ? <p>{text.noRemedy}</p> : null}
          <ol>
            {data.remedies.map((remedy) => (
              <li key={remedy.changes.map(({ kind, group }) => `${kind} ${group?.id ?? ''}`).join()}>
                {remedy.changes.map(({ kind, group, grant, text: said }, at) => (
                  <Fragment key={`${kind} ${group?.id ?? ''}`}>
                    {at > 0 ? ' ' : ''}
                    {text.changes[kind]?.(group?.name ?? '', grantText(nameOf, grant)) ?? said}{' '}
                    {group ? (
                      <ObjectLink to="groups" id={group.id} tab={kind === 'grant' ? 'permissions' : 'members'}>
                        {text.openGroup(group.name)}
                      </ObjectLink>
                    ) : null}
                  </Fragment>
                ))}{' '}
                {/* Of a group that nobody named it is not known. */}
                {remedy.changes.some(({ kind }) => kind === 'join-some-group') ? null : (
                  <span className="faint small">{text.alsoGives(remedy.alsoGives)}</span>
                )}
              </li>
            ))}
          </ol>
          {data.remedyCount > data.remedies.length ? (
            <p>{text.moreRemedies(data.remedyCount - data.remedies.length)}</p>
          ) : null}
        </Section>
      )}
      <Section title={text.conditions}>
        <ul>
          {data.conditions.map((condition) => (
            <li key={condition.name}>
              {condition.text}{' '}
              <span className="tag">
                {condition.met === null ? text.depends : condition.met ? text.met : text.unmet}
              </span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

/** Asks for it, or says that one has: of that the server tells. */
function Ask({ permission, resource }: { permission: Permission; resource: string | undefined }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const { run, pending } = useAct();
  const waiting = useQuery(ownWaitingRequests(tenantId));
  const namespaceId = resource === tenantId ? null : (resource ?? null);
  const asked = waiting.data?.items.find(
    (request) => request.permission === permission && request.namespaceId === namespaceId,
  );
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'access-requests'] });
  const withdraw = async (id: string) => {
    await withdrawAccess(tenantId, id);
    await refresh();
    toast({ text: requestText.withdrawn });
  };
  if (waiting.isPending) return <Skeleton lines={1} />;
  if (asked)
    return (
      <p>
        {requestText.askedFor} <Time at={asked.createdAt} /> {requestText.waits}{' '}
        <Link to="/t/$tenantId/access-requests" params={{ tenantId }} search={{ state: 'pending' }}>
          {requestText.title}
        </Link>{' '}
        <Button
          size="xs"
          kind="quiet"
          pending={pending === asked.id}
          onClick={() => run(asked.id, () => withdraw(asked.id))}
        >
          {requestText.withdraw}
        </Button>
      </p>
    );
  return (
    <p>
      <Button onClick={() => setOpen(true)}>{requestText.ask}</Button>
      {isOpen ? (
        <Suspense>
          <AskDialog
            permission={permission}
            resource={resource}
            onClose={() => setOpen(false)}
            onDone={async () => {
              await refresh();
              setOpen(false);
              toast({ text: requestText.sent });
            }}
          />
        </Suspense>
      ) : null}
    </p>
  );
}
