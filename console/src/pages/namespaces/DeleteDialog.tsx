import { useQuery } from '@tanstack/react-query';
import { deleteNamespace, namespaceContents } from '../../api/namespaces.ts';
import type { Namespace } from '../../api/types.ts';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { ProblemPanel } from '../../kit/problems.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { localTime } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';

export function DeleteDialog({
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
