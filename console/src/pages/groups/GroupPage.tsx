import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeGroup, deleteGroup, disableGroup, enableGroup, group } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, TextField } from '../../kit/fields.tsx';
import { DangerRow, Facts, ObjectFacts, Page, Section, Tabs, useTab } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Status } from '../../kit/Status.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { isOffered, reasonOf, useObjectId, usePlace, useTenantId } from '../../shell/where.ts';
import { Members } from './Members.tsx';
import { Permissions } from './Permissions.tsx';

export function GroupPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const place = usePlace();
  const found = useQuery(group(tenantId, id));
  const value = found.data?.value;
  const tab = useTab(['members', 'permissions', 'details']);
  return (
    <Page
      title={value?.name ?? groupText.title}
      place={place}
      crumb={
        <Link to="/t/$tenantId/groups" params={{ tenantId }}>
          {groupText.title}
        </Link>
      }
      status={value ? <Status status={value.status} /> : null}
      lead={value?.description}
    >
      {value && found.data ? (
        <>
          <ObjectFacts id={id} createdAt={value.createdAt} updatedAt={value.updatedAt} tenantId={tenantId} />
          <Tabs
            label={groupText.tabs}
            tabs={[
              { name: 'members', label: groupText.tabMembers, count: value.memberCount },
              { name: 'permissions', label: groupText.tabPermissions },
              { name: 'details', label: groupText.tabDetails },
            ]}
          />
          {tab === 'members' ? (
            <Members group={value} />
          ) : tab === 'permissions' ? (
            <Permissions group={value} />
          ) : (
            <Details found={found.data} />
          )}
        </>
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={groupText.title} />
      ) : (
        <Skeleton lines={6} />
      )}
    </Page>
  );
}

const check = checkBy({ name: 'required' });
const valuesOf = ({ name, description }: Group) => ({ name, description });

function Details({ found }: { found: Versioned<Group> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const version = useRef(found.version);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { run, pending } = useAct();
  const [isDeleting, setDeleting] = useState(false);
  const draft = useDraft(valuesOf(value), check);
  const reason = reasonOf(value.actions, 'groups.change');
  const isOwn = value.isOwnerGroup;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
  const switchTo = (isOn: boolean): Promise<unknown> =>
    run('switch', async () => {
      await (isOn ? enableGroup : disableGroup)(tenantId, value.id);
      await refresh();
      toast({
        text: isOn ? groupText.enabled(value.name) : groupText.disabled(value.name),
        undo: () => switchTo(!isOn),
      });
    });
  return (
    <>
      <Section title={groupText.tabDetails}>
        {reason ? (
          <>
            <Note title={en.readOnly.title}>{reason}</Note>
            <Facts
              items={[
                [groupText.name, value.name],
                [groupText.description, value.description],
                [groupText.source, groupText.sources[value.source] ?? value.source],
              ]}
            />
          </>
        ) : (
          <Form
            draft={draft}
            check={check}
            labels={{ name: groupText.name, description: groupText.description }}
            submit={en.action.save}
            isEdit
            onSubmit={async () => {
              const changes = Object.fromEntries(draft.changed.map((name) => [name, draft.values[name].trim()]));
              const saved = await changeGroup(tenantId, value.id, version.current, changes);
              version.current = saved.version;
              queryClient.setQueryData(group(tenantId, value.id).queryKey, saved);
              draft.rebase(valuesOf(saved.value));
              void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups', 'list'] });
            }}
            onDone={() => toast({ text: groupText.saved })}
            reread={async () => {
              const now = await queryClient.fetchQuery({ ...group(tenantId, value.id), staleTime: 0 });
              version.current = now.version;
              return valuesOf(now.value);
            }}
          >
            {isOwn ? (
              <Facts items={[[groupText.name, value.name]]} />
            ) : (
              <TextField draft={draft} name="name" label={groupText.name} help={groupText.nameHelp} spellCheck />
            )}
            <AreaField draft={draft} name="description" label={groupText.description} optional />
          </Form>
        )}
      </Section>
      <Section title={groupText.danger} tone="danger">
        {isOffered(value.actions, 'groups.enable') ? (
          <DangerRow title={groupText.enable} text={groupText.enableText}>
            <Button
              reason={reasonOf(value.actions, 'groups.enable')}
              pending={pending === 'switch'}
              onClick={() => switchTo(true)}
            >
              {groupText.enableVerb}
            </Button>
          </DangerRow>
        ) : (
          <DangerRow title={groupText.disable} text={groupText.disableText}>
            <Button
              kind="danger-quiet"
              reason={reasonOf(value.actions, 'groups.disable')}
              pending={pending === 'switch'}
              onClick={() => switchTo(false)}
            >
              {groupText.disableVerb}
            </Button>
          </DangerRow>
        )}
        <DangerRow title={groupText.remove_} text={groupText.deleteText}>
          <Button
            kind="danger-quiet"
            reason={reasonOf(value.actions, 'groups.delete')}
            onClick={() => setDeleting(true)}
          >
            {groupText.deleteVerb}
          </Button>
        </DangerRow>
      </Section>
      {isDeleting ? (
        <ConfirmDialog
          title={groupText.deleteTitle(value.name)}
          verb={groupText.deleteVerb}
          text={groupText.deleteText}
          breaks={value.memberCount ? [groupText.deleteBreaks(value.memberCount)] : []}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await deleteGroup(tenantId, value.id, found.version);
            toast({ text: groupText.deleted(value.name) });
            await navigate({ to: '/t/$tenantId/groups', params: { tenantId }, ignoreBlocker: true });
            await refresh();
          }}
        />
      ) : null}
    </>
  );
}
