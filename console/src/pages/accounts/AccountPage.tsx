import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { me } from '../../api/session.ts';
import {
  account,
  accountSessions,
  changeAccount,
  deleteAccount,
  enableAccount,
  endAccountSessions,
  resendInvitation,
} from '../../api/tenant.ts';
import type { Account, Session } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { TextField } from '../../kit/fields.tsx';
import { GroupsOf } from '../../kit/GroupsOf.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Status } from '../../kit/Status.tsx';
import { useSwitch } from '../../kit/switch.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { doorText } from '../../messages/en.doors.ts';
import { localTime } from '../../messages/format.ts';
import { reasonOf, useObjectId, useTenantId } from '../../shell/where.ts';
import { accountSwitch } from './switch.ts';

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
      statusOf={({ status }) => (
        <>
          <Status status={status} />
          {isMe ? <span className="tag">{text.you}</span> : null}
        </>
      )}
      leadOf={({ email, username }) => email ?? username}
      above={(value) => <Invitation value={value} />}
      tabsLabel={text.tabs}
      tabs={(found) => [
        {
          name: 'access',
          label: text.tabAccess,
          count: found.value.groups.length,
          content: () => <GroupsOf groups={found.value.groups} none={text.noGroupsText} />,
        },
        { name: 'sessions', label: text.tabSessions, content: () => <Sessions value={found.value} isMe={isMe} /> },
        { name: 'details', label: text.tabDetails, content: () => <Details found={found} /> },
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

const check = checkBy({
  firstName: 'required',
  lastName: 'required',
  displayName: 'required',
  mobilePhone: 'optionalPhone',
});

function Details({ found }: { found: Versioned<Account> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { zone } = useSwitch(accountSwitch);
  const { value, version } = found;
  const query = account(tenantId, value.id);
  return (
    <>
      <EditSection
        title={text.tabDetails}
        found={found}
        operation="accounts.change"
        labels={{
          firstName: text.firstName,
          lastName: text.lastName,
          displayName: text.displayName,
          mobilePhone: text.mobilePhone,
        }}
        valuesOf={({ firstName, lastName, displayName, mobilePhone }) => ({
          firstName,
          lastName,
          displayName,
          mobilePhone: mobilePhone ?? '',
        })}
        check={check}
        save={(was, { mobilePhone, ...names }) =>
          changeAccount(tenantId, value.id, was, {
            ...names,
            ...(mobilePhone === undefined ? {} : { mobilePhone: mobilePhone || null }),
          })
        }
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => (
          <>
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
          </>
        )}
      >
        <Facts
          items={[
            [text.email, value.email],
            [text.username, value.username],
            [text.source, text.sources[value.source] ?? value.source],
            [text.lastSignIn, <Time key="s" at={value.lastSignInAt} none={text.neverSignedIn} />],
          ]}
        />
      </EditSection>
      <Section title={text.danger} tone="danger">
        {zone(value)}
        <DeleteRow
          title={text.remove}
          text={text.removeText}
          verb={text.removeVerb}
          reason={reasonOf(value.actions, 'accounts.delete')}
          question={text.removeTitle(value.displayName)}
          breaks={text.removeBreaks(value.groups.length)}
          act={() => deleteAccount(tenantId, value.id, version)}
          said={text.removed(value.displayName)}
          back="/t/$tenantId/accounts"
          area="accounts"
        />
      </Section>
    </>
  );
}
