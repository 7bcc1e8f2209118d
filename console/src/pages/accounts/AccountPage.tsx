import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { me } from '../../api/session.ts';
import { account, accountSessions, enableAccount, endAccountSessions, resendInvitation } from '../../api/tenant.ts';
import type { Account, Session } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { localTime } from '../../messages/format.ts';
import { reasonOf, useObjectId, useTenantId } from '../../shell/where.ts';
import { standingOf } from './standing.ts';

const EmailChange = lazy(() => import('./EmailChange.tsx').then((m) => ({ default: m.EmailChange })));
const Access = lazy(() => import('./Access.tsx').then((m) => ({ default: m.Access })));
const SignIn = lazy(() => import('./SignIn.tsx').then((m) => ({ default: m.SignIn })));
const AccountDetails = lazy(() => import('./AccountDetails.tsx').then((m) => ({ default: m.AccountDetails })));

export function AccountPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const isMe = useQuery(me).data?.id === id;
  return (
    <DetailPage
      found={useQuery(account(tenantId, id))}
      parent={{ to: '/t/$tenantId/accounts', title: text.title }}
      one={text.one}
      nameOf={({ displayName }) => displayName}
      statusOf={(value) => (
        <>
          <Status status={standingOf(value)} />
          {isMe ? <span className="tag">{text.you}</span> : null}
        </>
      )}
      leadOf={({ email, username }) => email ?? username}
      above={(value) => (
        <>
          <Invitation value={value} />
          <Suspense>
            <EmailChange value={value} />
          </Suspense>
        </>
      )}
      tabsLabel={text.tabs}
      tabs={(found) => [
        {
          name: 'access',
          label: text.tabAccess,
          count: found.value.groups.length,
          content: () => <Access value={found.value} />,
        },
        { name: 'sessions', label: text.tabSessions, content: () => <Sessions value={found.value} isMe={isMe} /> },
        { name: 'sign-in', label: text.tabSignIn, content: () => <SignIn value={found.value} /> },
        { name: 'details', label: text.tabDetails, content: () => <AccountDetails found={found} /> },
      ]}
    />
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
              toast({ text: text.resent(value.email ?? value.displayName) });
            })
          }
        >
          {text.resend}
        </Button>
      </div>
    </div>
  );
}

const sessionColumns: Column<Session>[] = [
  timeColumn('createdAt', text.started, ({ createdAt }) => createdAt),
  timeColumn('lastSeenAt', text.lastSeen, ({ lastSeenAt }) => lastSeenAt),
  { name: 'sourceAddress', label: text.from, text: ({ sourceAddress }) => sourceAddress, priority: 2 },
  clippedColumn('userAgent', text.browser, ({ userAgent }) => userAgent, { priority: 3 }),
  timeColumn('expiresAt', text.expires, ({ expiresAt }) => expiresAt, { priority: 3 }),
];

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
        <Table what={text.sessionsWhat} rows={items} rowName={({ id }) => id} columns={sessionColumns} />
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
