import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import {
  changeServiceAccount,
  deleteServiceAccount,
  disableServiceAccount,
  enableServiceAccount,
  issueKey,
  keys,
  revokeKey,
  serviceAccount,
} from '../../api/tenant.ts';
import type { Key, ServiceAccount } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, PresetField, TextField } from '../../kit/fields.tsx';
import { Table } from '../../kit/List.tsx';
import { expiryAfter, lifetimeOptions } from '../../kit/lifetime.ts';
import { DangerRow, Facts, ObjectFacts, Page, Section, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Status } from '../../kit/Status.tsx';
import { SecretDialog } from '../../kit/secret.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { en } from '../../messages/en.ts';
import { isOffered, reasonOf, useObjectId, usePlace, useTenantId } from '../../shell/where.ts';

export function ServiceAccountPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const place = usePlace();
  const found = useQuery(serviceAccount(tenantId, id));
  const value = found.data?.value;
  const tab = useTab(['keys', 'access', 'details']);
  return (
    <Page
      title={value?.name ?? text.one}
      place={place}
      crumb={
        <Link to="/t/$tenantId/integrations" params={{ tenantId }}>
          {text.title}
        </Link>
      }
      status={value ? <Status status={value.status} /> : null}
      lead={value?.description}
    >
      {value && found.data ? (
        <>
          <ObjectFacts id={id} createdAt={value.createdAt} updatedAt={value.updatedAt} tenantId={tenantId} />
          <Tabs
            label={text.tabs}
            tabs={[
              { name: 'keys', label: text.tabKeys },
              { name: 'access', label: text.tabAccess, count: value.groups.length },
              { name: 'details', label: text.tabDetails },
            ]}
          />
          {tab === 'keys' ? (
            <Keys value={value} />
          ) : tab === 'access' ? (
            <Access value={value} />
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

function Keys({ value }: { value: ServiceAccount }) {
  const tenantId = useTenantId();
  const found = useQuery(keys(tenantId, value.id));
  const [isIssuing, setIssuing] = useState(false);
  const [made, setMade] = useState<{ name: string; value: string }>();
  const [revoking, setRevoking] = useState<Key>();
  const reason = reasonOf(value.actions, 'service-accounts.issue-key');
  const issue = (
    <Button
      kind="primary"
      icon={<IconPlus size={16} aria-hidden="true" />}
      reason={reason}
      onClick={() => setIssuing(true)}
    >
      {text.issue}
    </Button>
  );
  const items = found.data?.items;
  return (
    <Section title={text.tabKeys} lead={text.keysLead} actions={items?.length ? issue : null}>
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.tabKeys} />
      ) : !items ? (
        <Skeleton />
      ) : items.length === 0 ? (
        <Empty title={text.noKeysTitle} text={text.noKeysText} action={issue} />
      ) : (
        <Table
          what={text.whatKeys}
          rows={items}
          rowKey={({ id }) => id}
          rowName={({ name }) => name}
          rowActions={(key) =>
            ['active', 'rotating', 'paused'].includes(key.state)
              ? [
                  {
                    label: text.revoke,
                    isDangerous: true,
                    reason: reasonOf(value.actions, 'service-accounts.revoke-key'),
                    onSelect: () => setRevoking(key),
                  },
                ]
              : []
          }
          columns={[
            { name: 'name', label: text.keyName, cell: ({ name }) => name },
            { name: 'state', label: text.state, cell: ({ state }) => <Status status={state} /> },
            { name: 'lastFour', label: text.lastFour, cell: ({ lastFour }) => <code>…{lastFour}</code>, priority: 2 },
            { name: 'lastUsedAt', label: text.lastUsed, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
            { name: 'expiresAt', label: text.expires, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
          ]}
        />
      )}
      {isIssuing ? (
        <IssueDialog
          value={value}
          onClose={() => setIssuing(false)}
          onIssued={(key) => {
            setIssuing(false);
            setMade(key);
            void found.refetch();
          }}
        />
      ) : null}
      {made ? (
        <SecretDialog
          title={text.secretTitle(made.name)}
          secrets={[
            {
              label: text.secretLabel,
              value: made.value,
              fileName: `${value.name.replace(/[^\w-]+/g, '-')}-key.txt`,
              help: text.secretHelp,
            },
          ]}
          onDone={() => setMade(undefined)}
        />
      ) : null}
      {revoking ? (
        <ConfirmDialog
          title={text.revokeTitle(revoking.name)}
          verb={text.revoke}
          text={text.revokeText}
          breaks={revoking.lastUsedAt ? [text.revokeUsed] : []}
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await revokeKey(tenantId, value.id, revoking.id);
            setRevoking(undefined);
            await found.refetch();
            toast({ text: text.revoked(revoking.name) });
          }}
        />
      ) : null}
    </Section>
  );
}

const keyCheck = checkBy({ name: 'required' });

function IssueDialog({
  value,
  onClose,
  onIssued,
}: {
  value: ServiceAccount;
  onClose: () => void;
  onIssued: (key: { name: string; value: string }) => void;
}) {
  const tenantId = useTenantId();
  const draft = useDraft({ name: text.keyNamePrefill, days: '90' }, keyCheck);
  const { key: creation, startedAtMs } = useCreation(draft.values);
  return (
    <Dialog title={text.issueTitle(value.name)} kind="panel" onClose={onClose}>
      <Form
        draft={draft}
        check={keyCheck}
        labels={{ name: text.keyName, days: text.expiry }}
        submit={text.issue}
        onCancel={onClose}
        isGuarded={false}
        onSubmit={async () => {
          const key = await issueKey(
            tenantId,
            value.id,
            { name: draft.values.name.trim(), expiresAt: expiryAfter(draft.values.days, startedAtMs) },
            creation,
          );
          if (key.value) onIssued({ name: key.name, value: key.value });
        }}
      >
        <TextField draft={draft} name="name" label={text.keyName} help={text.keyNameHelp} autoFocus />
        <PresetField draft={draft} name="days" label={text.expiry} options={lifetimeOptions} />
      </Form>
    </Dialog>
  );
}

function Access({ value }: { value: ServiceAccount }) {
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

const check = checkBy({ name: 'required' });
const valuesOf = ({ name, description }: ServiceAccount) => ({ name, description });

function Details({ found }: { found: Versioned<ServiceAccount> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const version = useRef(found.version);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { run, pending } = useAct();
  const [isDeleting, setDeleting] = useState(false);
  const draft = useDraft(valuesOf(value), check);
  const reason = reasonOf(value.actions, 'service-accounts.change');
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'service-accounts'] });
  const switchTo = (isOn: boolean): Promise<unknown> =>
    run('switch', async () => {
      await (isOn ? enableServiceAccount : disableServiceAccount)(tenantId, value.id);
      await refresh();
      toast({ text: isOn ? text.enabled(value.name) : text.disabled(value.name), undo: () => switchTo(!isOn) });
    });
  return (
    <>
      <Section title={text.tabDetails}>
        {reason ? (
          <>
            <Note title={en.readOnly.title}>{reason}</Note>
            <Facts
              items={[
                [text.name, value.name],
                [text.description, value.description],
              ]}
            />
          </>
        ) : (
          <Form
            draft={draft}
            check={check}
            labels={{ name: text.name, description: text.description }}
            submit={en.action.save}
            isEdit
            onSubmit={async () => {
              const changes = Object.fromEntries(draft.changed.map((name) => [name, draft.values[name].trim()]));
              const saved = await changeServiceAccount(tenantId, value.id, version.current, changes);
              version.current = saved.version;
              queryClient.setQueryData(serviceAccount(tenantId, value.id).queryKey, saved);
              draft.rebase(valuesOf(saved.value));
            }}
            onDone={() => toast({ text: text.saved })}
            reread={async () => {
              const now = await queryClient.fetchQuery({ ...serviceAccount(tenantId, value.id), staleTime: 0 });
              version.current = now.version;
              return valuesOf(now.value);
            }}
          >
            <TextField draft={draft} name="name" label={text.name} />
            <AreaField draft={draft} name="description" label={text.description} optional />
          </Form>
        )}
      </Section>
      <Section title={text.danger} tone="danger">
        {isOffered(value.actions, 'service-accounts.enable') ? (
          <DangerRow title={text.enable} text={text.enableText}>
            <Button
              reason={reasonOf(value.actions, 'service-accounts.enable')}
              pending={pending === 'switch'}
              onClick={() => switchTo(true)}
            >
              {text.enableVerb}
            </Button>
          </DangerRow>
        ) : (
          <DangerRow title={text.disable} text={text.disableText}>
            <Button
              kind="danger-quiet"
              reason={reasonOf(value.actions, 'service-accounts.disable')}
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
            reason={reasonOf(value.actions, 'service-accounts.delete')}
            onClick={() => setDeleting(true)}
          >
            {text.removeVerb}
          </Button>
        </DangerRow>
      </Section>
      {isDeleting ? (
        <ConfirmDialog
          title={text.removeTitle(value.name)}
          verb={text.removeVerb}
          text={text.removeText}
          breaks={[text.removeBreaks]}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await deleteServiceAccount(tenantId, value.id, found.version);
            toast({ text: text.removed(value.name) });
            await navigate({ to: '/t/$tenantId/integrations', params: { tenantId }, ignoreBlocker: true });
            await refresh();
          }}
        />
      ) : null}
    </>
  );
}
