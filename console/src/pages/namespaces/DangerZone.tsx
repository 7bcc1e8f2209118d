import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { deleteNamespace, namespaceContents, restoreNamespace } from '../../api/namespaces.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DangerRow, Section } from '../../kit/Page.tsx';
import { ProblemPanel } from '../../kit/problems.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { localTime } from '../../messages/format.ts';
import { isOffered, reasonOf, useTenantId } from '../../shell/where.ts';

/** Deletes a namespace, or takes its deletion back. */
export function DangerZone({
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
