import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import {
  changeNamespace,
  deleteNamespace,
  namespace,
  namespaceContents,
  resetAgentKey,
  resetServiceKey,
  restoreNamespace,
} from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField } from '../../kit/fields.tsx';
import { Table } from '../../kit/List.tsx';
import { OverlapDialog } from '../../kit/OverlapDialog.tsx';
import { DangerRow, Facts, ObjectFacts, Page, Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Secret, SecretDialog } from '../../kit/secret.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { localTime } from '../../messages/format.ts';
import { isOffered, reasonOf, useObjectId, usePlace, useTenantId } from '../../shell/where.ts';
import { keysOf } from './NewNamespacePanel.tsx';

export function NamespacePage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const place = usePlace();
  const found = useQuery(namespace(tenantId, id));
  const value = found.data?.value;
  return (
    <Page
      title={value?.name ?? text.one}
      place={place}
      crumb={
        <Link to="/t/$tenantId/namespaces" params={{ tenantId }}>
          {text.title}
        </Link>
      }
      status={value ? <Status status={value.status} /> : null}
      lead={value?.description}
    >
      {found.data ? (
        <NamespaceDetails found={found.data} />
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.one} />
      ) : (
        <Skeleton lines={6} />
      )}
    </Page>
  );
}

function NamespaceDetails({ found }: { found: Versioned<Namespace> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const queryClient = useQueryClient();
  const [reset, setReset] = useState<'agent' | 'service'>();
  const [secrets, setSecrets] = useState<Secret[]>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
  const keys = [
    ...value.agentKeys.map((key) => ({ ...key, label: text.agentKey })),
    ...value.serviceKeys.map((key) => ({ ...key, label: text.serviceKey })),
  ];
  return (
    <>
      <ObjectFacts id={value.id} createdAt={value.createdAt} updatedAt={value.updatedAt} tenantId={tenantId} />
      <Section title={text.details}>
        <Facts
          items={[
            [
              text.region,
              <span key="r" className="tenant-region">
                {value.region}
              </span>,
              text.regionHelp,
            ],
            [
              text.agentUrl,
              <span key="u">
                <code>{value.agentUrl}</code>{' '}
                <CopyButton value={value.agentUrl} label={`${en.action.copy}: ${text.agentUrl}`} />
              </span>,
            ],
          ]}
        />
        <Description found={found} />
      </Section>
      <Section
        title={text.keys}
        actions={
          <>
            <Button reason={reasonOf(value.actions, 'namespaces.reset-agent-key')} onClick={() => setReset('agent')}>
              {text.resetAgent}
            </Button>
            <Button
              reason={reasonOf(value.actions, 'namespaces.reset-service-key')}
              onClick={() => setReset('service')}
            >
              {text.resetService}
            </Button>
          </>
        }
      >
        <Table
          what={text.keys}
          rows={keys}
          rowKey={({ id }) => id}
          rowName={({ label }) => label}
          columns={[
            { name: 'key', label: text.key, cell: ({ label }) => label },
            { name: 'lastFour', label: text.lastFour, cell: ({ lastFour }) => <code>…{lastFour}</code> },
            { name: 'createdAt', label: text.created, cell: ({ createdAt }) => <Time at={createdAt} />, priority: 2 },
            { name: 'lastUsedAt', label: text.lastUsed, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
            {
              name: 'endsAt',
              label: text.ends,
              cell: ({ endsAt }) => <Time at={endsAt} none={text.endsNone} />,
              priority: 2,
            },
          ]}
        />
      </Section>
      <DangerZone found={found} refresh={refresh} />
      {reset ? (
        <OverlapDialog
          title={text.resetTitle(reset === 'agent' ? text.resetAgent : text.resetService, value.name)}
          text={text.resetText}
          label={text.overlap}
          verb={reset === 'agent' ? text.resetAgent : text.resetService}
          options={text.overlaps}
          first="0"
          onClose={() => setReset(undefined)}
          onConfirm={async (overlapSeconds) => {
            const made = keysOf(
              value.name,
              await (reset === 'agent' ? resetAgentKey : resetServiceKey)(tenantId, value.id, overlapSeconds),
            );
            setReset(undefined);
            setSecrets(made);
            void refresh();
          }}
        />
      ) : null}
      {secrets ? (
        <SecretDialog title={text.secretTitle(value.name)} secrets={secrets} onDone={() => setSecrets(undefined)} />
      ) : null}
    </>
  );
}

function Description({ found }: { found: Versioned<Namespace> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const version = useRef(found.version);
  const queryClient = useQueryClient();
  const draft = useDraft({ description: value.description });
  const reason = reasonOf(value.actions, 'namespaces.change');
  if (reason)
    return (
      <>
        <Note title={en.readOnly.title}>{reason}</Note>
        <Facts items={[[text.description, value.description]]} />
      </>
    );
  return (
    <Form
      draft={draft}
      labels={{ description: text.description }}
      submit={en.action.save}
      isEdit
      onSubmit={async () => {
        const saved = await changeNamespace(tenantId, value.id, version.current, {
          description: draft.values.description.trim(),
        });
        version.current = saved.version;
        queryClient.setQueryData(namespace(tenantId, value.id).queryKey, saved);
        draft.rebase({ description: saved.value.description });
      }}
      onDone={() => toast({ text: text.saved })}
      reread={async () => {
        const now = await queryClient.fetchQuery({ ...namespace(tenantId, value.id), staleTime: 0 });
        version.current = now.version;
        return { description: now.value.description };
      }}
    >
      <AreaField draft={draft} name="description" label={text.description} optional />
    </Form>
  );
}

function DangerZone({
  found: { value, version },
  refresh,
}: {
  found: Versioned<Namespace>;
  refresh: () => Promise<unknown>;
}) {
  const tenantId = useTenantId();
  const { run, pending } = useAct();
  const [isDeleting, setDeleting] = useState(false);
  return (
    <Section title={text.danger} tone="danger">
      {isOffered(value.actions, 'namespaces.restore') ? (
        <DangerRow
          title={text.restore}
          text={text.restoreText(value.restorableUntil ? localTime(value.restorableUntil) : '')}
        >
          <Button
            reason={reasonOf(value.actions, 'namespaces.restore')}
            pending={pending === 'restore'}
            onClick={() =>
              run('restore', async () => {
                await restoreNamespace(tenantId, value.id);
                await refresh();
                toast({ text: text.restored(value.name) });
              })
            }
          >
            {text.restoreVerb}
          </Button>
        </DangerRow>
      ) : (
        <DangerRow title={text.remove} text={text.removeText}>
          <Button
            kind="danger-quiet"
            reason={reasonOf(value.actions, 'namespaces.delete')}
            onClick={() => setDeleting(true)}
          >
            {text.removeVerb}
          </Button>
        </DangerRow>
      )}
      {isDeleting ? (
        <DeleteDialog
          value={value}
          version={version}
          onClose={() => setDeleting(false)}
          onDeleted={async () => {
            setDeleting(false);
            await refresh();
            toast({ text: text.removed(value.name) });
          }}
        />
      ) : null}
    </Section>
  );
}

function DeleteDialog({
  value,
  version,
  onClose,
  onDeleted,
}: {
  value: Namespace;
  version: string;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const tenantId = useTenantId();
  const contents = useQuery({ ...namespaceContents(tenantId, value.id), staleTime: 0 });
  const { data } = contents;
  return (
    <ConfirmDialog
      title={text.removeTitle(value.name)}
      verb={text.removeVerb}
      typedName={value.name}
      text={data ? text.removeDialog(localTime(data.restorableUntil)) : contents.isError ? '' : en.form.working}
      breaks={data?.contents.filter((each) => each.count > 0).map((each) => text.goes(each.kind, each.count)) ?? []}
      onClose={onClose}
      onConfirm={async (typed) => {
        await deleteNamespace(tenantId, value.id, version, typed);
        onDeleted();
      }}
    >
      {contents.isError ? <ProblemPanel error={contents.error} onRetry={() => contents.refetch()} /> : null}
    </ConfirmDialog>
  );
}
