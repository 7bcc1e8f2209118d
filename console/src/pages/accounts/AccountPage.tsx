import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { me } from '../../api/session.ts';
import {
  account,
  accountSessions,
  changeAccount,
  deleteAccount,
  disableAccount,
  enableAccount,
  endAccountSessions,
  resendInvitation,
} from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Table } from '../../kit/List.tsx';
import { DangerRow, Facts, ObjectFacts, Page, Section, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { doorText } from '../../messages/en.doors.ts';
import { en } from '../../messages/en.ts';
import { localTime } from '../../messages/format.ts';
import { reasonOf, useObjectId, usePlace, useTenantId } from '../../shell/where.ts';

export function AccountPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const place = usePlace();
  const found = useQuery(account(tenantId, id));
  const value = found.data?.value;
  const tab = useTab(['access', 'sessions', 'details']);
  const isMe = useQuery(me).data?.id === id;
  return (
    <Page
      title={value?.displayName ?? text.one}
      place={place}
      crumb={
        <Link to="/t/$tenantId/accounts" params={{ tenantId }}>
          {text.title}
        </Link>
      }
      status={
        value ? (
          <>
            <Status status={value.status} />
            {isMe ? <span className="tag">{text.you}</span> : null}
          </>
        ) : null
      }
      lead={value?.email}
    >
      {value && found.data ? (
        <>
          <ObjectFacts id={id} createdAt={value.createdAt} updatedAt={value.updatedAt} tenantId={tenantId} />
          <Invitation value={value} />
          <Tabs
            label={text.tabs}
            tabs={[
              { name: 'access', label: text.tabAccess, count: value.groups.length },
              { name: 'sessions', label: text.tabSessions },
              { name: 'details', label: text.tabDetails },
            ]}
          />
          {tab === 'access' ? (
            <Access value={value} />
          ) : tab === 'sessions' ? (
            <Sessions value={value} isMe={isMe} />
          ) : (
            <Details found={found.data} />
          )}
        </>
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.one} />
      ) : (
        <Skeleton lines={6} />
      )}
    </Page>
  );
}

const useRefresh = () => {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
};

/** What stands between an invited person and their first sign-in. */
function Invitation({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const { run, pending } = useAct();
  const refresh = useRefresh();
  if (value.status !== 'new') return null;
  if (value.verifiedAt)
    return (
      <div className="note note-info">
        <div className="note-row">
          <span>{text.waitingEnable}</span>
          <Button
            kind="primary"
            reason={reasonOf(value.actions, 'accounts.enable')}
            pending={pending === 'enable'}
            onClick={() =>
              run('enable', async () => {
                await enableAccount(tenantId, value.id);
                await refresh();
                toast({ text: text.enabled(value.displayName) });
              })
            }
          >
            {text.enableVerb}
          </Button>
        </div>
      </div>
    );
  const isOver = value.invitationExpiresAt !== null && Date.parse(value.invitationExpiresAt) < Date.now();
  return (
    <div className="note note-info">
      <div className="note-row">
        <span>
          <strong className="block">{text.waitingTitle}</strong>
          {isOver
            ? text.expiredInvitation
            : value.invitationExpiresAt
              ? text.waitingText(localTime(value.invitationExpiresAt))
              : ''}
        </span>
        <Button
          reason={reasonOf(value.actions, 'accounts.invite')}
          pending={pending === 'invite'}
          onClick={() =>
            run('invite', async () => {
              await resendInvitation(tenantId, value.id);
              await refresh();
              toast({ text: text.resent(value.email) });
            })
          }
        >
          {text.resend}
        </Button>
      </div>
    </div>
  );
}

function Access({ value }: { value: Account }) {
  const tenantId = useTenantId();
  if (value.groups.length === 0)
    return (
      <Empty
        title={text.noGroupsTitle}
        text={text.noGroupsText}
        action={
          <Link to="/t/$tenantId/groups" params={{ tenantId }} className="plain-button">
            {text.toGroups}
          </Link>
        }
      />
    );
  return (
    <Section title={text.groups} lead={text.memberOf}>
      <Table
        what={text.groups}
        rows={value.groups}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        columns={[
          {
            name: 'name',
            label: text.groupName,
            cell: ({ id, name }) => (
              <Link to="/t/$tenantId/groups/$id" params={{ tenantId, id }} search={{ tab: 'permissions' } as never}>
                {name}
              </Link>
            ),
          },
          { name: 'status', label: text.status, cell: ({ status }) => <Status status={status} /> },
        ]}
      />
    </Section>
  );
}

function Sessions({ value, isMe }: { value: Account; isMe: boolean }) {
  const tenantId = useTenantId();
  const found = useQuery(accountSessions(tenantId, value.id));
  const [isEnding, setEnding] = useState(false);
  const items = found.data?.items ?? [];
  return (
    <Section
      title={text.tabSessions}
      actions={
        <Button
          kind="danger-quiet"
          reason={
            reasonOf(value.actions, 'accounts.end-sessions') ??
            (found.data && items.length === 0 ? text.noSessions : null)
          }
          onClick={() => setEnding(true)}
        >
          {text.endAll}
        </Button>
      }
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.tabSessions} />
      ) : !found.data ? (
        <Skeleton />
      ) : items.length === 0 ? (
        <p className="faint">{text.noSessions}</p>
      ) : (
        <Table
          what={text.sessionsWhat}
          rows={items}
          rowKey={({ id }) => id}
          rowName={({ id }) => id}
          columns={[
            { name: 'createdAt', label: text.started, cell: ({ createdAt }) => <Time at={createdAt} /> },
            { name: 'lastSeenAt', label: text.lastSeen, cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
            { name: 'sourceAddress', label: text.from, cell: ({ sourceAddress }) => sourceAddress ?? '—', priority: 2 },
            {
              name: 'userAgent',
              label: text.browser,
              cell: ({ userAgent }) => <span className="clip">{userAgent ?? '—'}</span>,
              priority: 3,
            },
            { name: 'expiresAt', label: text.expires, cell: ({ expiresAt }) => <Time at={expiresAt} />, priority: 3 },
          ]}
        />
      )}
      {isEnding ? (
        <ConfirmDialog
          title={text.endAllTitle(value.displayName)}
          verb={text.endAll}
          text={text.endAllText}
          breaks={isMe ? [text.ownSessions] : []}
          onClose={() => setEnding(false)}
          onConfirm={async () => {
            await endAccountSessions(tenantId, value.id);
            setEnding(false);
            await found.refetch();
            toast({ text: text.endedAll(value.displayName) });
          }}
        />
      ) : null}
    </Section>
  );
}

const check = checkBy({
  firstName: 'required',
  lastName: 'required',
  displayName: 'required',
  mobilePhone: 'optionalPhone',
});
const valuesOf = ({ firstName, lastName, displayName, mobilePhone }: Account) => ({
  firstName,
  lastName,
  displayName,
  mobilePhone: mobilePhone ?? '',
});

function Details({ found }: { found: Versioned<Account> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const version = useRef(found.version);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const { run, pending } = useAct();
  const [isDeleting, setDeleting] = useState(false);
  const draft = useDraft(valuesOf(value), check);
  const reason = reasonOf(value.actions, 'accounts.change');
  const switchTo = (isOn: boolean): Promise<unknown> =>
    run('switch', async () => {
      await (isOn ? enableAccount : disableAccount)(tenantId, value.id);
      await refresh();
      toast({
        text: isOn ? text.enabled(value.displayName) : text.disabled(value.displayName),
        undo: () => switchTo(!isOn),
      });
    });
  const fixed: [string, React.ReactNode][] = [
    [text.email, value.email],
    [text.username, value.username],
    [text.source, text.sources[value.source] ?? value.source],
    [text.lastSignIn, <Time key="s" at={value.lastSignInAt} none={text.neverSignedIn} />],
  ];
  return (
    <>
      <Section title={text.tabDetails}>
        <Facts items={fixed} />
        {reason ? (
          <>
            <Note title={en.readOnly.title}>{reason}</Note>
            <Facts
              items={[
                [text.firstName, value.firstName],
                [text.lastName, value.lastName],
                [text.displayName, value.displayName],
                [text.mobilePhone, value.mobilePhone],
              ]}
            />
          </>
        ) : (
          <Form
            draft={draft}
            check={check}
            labels={{
              firstName: text.firstName,
              lastName: text.lastName,
              displayName: text.displayName,
              mobilePhone: text.mobilePhone,
            }}
            submit={en.action.save}
            isEdit
            onSubmit={async () => {
              const changes = Object.fromEntries(
                draft.changed.map((name) => [name, draft.values[name].trim() || (name === 'mobilePhone' ? null : '')]),
              );
              const saved = await changeAccount(tenantId, value.id, version.current, changes);
              version.current = saved.version;
              queryClient.setQueryData(account(tenantId, value.id).queryKey, saved);
              draft.rebase(valuesOf(saved.value));
            }}
            onDone={() => toast({ text: text.saved })}
            reread={async () => {
              const now = await queryClient.fetchQuery({ ...account(tenantId, value.id), staleTime: 0 });
              version.current = now.version;
              return valuesOf(now.value);
            }}
          >
            <div className="field-row">
              <TextField draft={draft} name="firstName" label={text.firstName} />
              <TextField draft={draft} name="lastName" label={text.lastName} />
            </div>
            <TextField draft={draft} name="displayName" label={text.displayName} />
            <TextField
              draft={draft}
              name="mobilePhone"
              label={text.mobilePhone}
              type="tel"
              inputMode="tel"
              help={doorText.phoneHelp}
              optional
            />
          </Form>
        )}
      </Section>
      <Section title={text.danger} tone="danger">
        {value.status === 'enabled' ? null : (
          <DangerRow title={text.enable} text={text.enableText}>
            <Button
              reason={reasonOf(value.actions, 'accounts.enable')}
              pending={pending === 'switch'}
              onClick={() => switchTo(true)}
            >
              {text.enableVerb}
            </Button>
          </DangerRow>
        )}
        {value.status === 'disabled' ? null : (
          <DangerRow title={text.disable} text={text.disableText}>
            <Button
              kind="danger-quiet"
              reason={reasonOf(value.actions, 'accounts.disable')}
              pending={pending === 'switch'}
              onClick={() => switchTo(false)}
            >
              {text.disableVerb}
            </Button>
          </DangerRow>
        )}
        <DangerRow title={text.remove} text={text.removeText}>
          <Button
            kind="danger-quiet"
            reason={reasonOf(value.actions, 'accounts.delete')}
            onClick={() => setDeleting(true)}
          >
            {text.removeVerb}
          </Button>
        </DangerRow>
      </Section>
      {isDeleting ? (
        <ConfirmDialog
          title={text.removeTitle(value.displayName)}
          verb={text.removeVerb}
          text={text.removeText}
          breaks={text.removeBreaks(value.groups.length)}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await deleteAccount(tenantId, value.id, found.version);
            toast({ text: text.removed(value.displayName) });
            await navigate({ to: '/t/$tenantId/accounts', params: { tenantId }, ignoreBlocker: true });
            await refresh();
          }}
        />
      ) : null}
    </>
  );
}
