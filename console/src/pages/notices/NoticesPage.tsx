import { useQuery, useQueryClient } from '@tanstack/react-query';
import { markNoticesRead, notices } from '../../api/tenant.ts';
import type { Notice } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { taskText as text } from '../../messages/en.tasks.ts';
import { useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [{ name: 'unread', label: text.show, options: [{ value: 'true', label: text.onlyUnread }] }];

export function NoticesPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery(notices(tenantId, state.query()));
  const { run, pending } = useAct();
  const mark = (ids?: string[]) =>
    run('mark', async () => {
      await markNoticesRead(tenantId, ids);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'notices'] });
    });
  const unread = query.data?.unread ?? 0;
  return (
    <ListPage
      text={{
        title: text.noticesTitle,
        lead: text.noticesLead,
        emptyTitle: text.noticesEmpty,
        emptyText: text.noticesEmptyText,
      }}
      what={text.noticesWhat}
      actions={
        <Button reason={unread ? null : text.nothingUnread} pending={pending === 'mark'} onClick={() => mark()}>
          {text.markAll}
        </Button>
      }
      state={state}
      query={query}
      filters={filters}
      hasSearch={false}
      rowName={({ text: words }) => words}
      rowActions={(notice) => (notice.isRead ? [] : [{ label: text.markOne, onSelect: () => void mark([notice.id]) }])}
      rowClass={({ isRead }) => (isRead ? '' : 'row-unread')}
      columns={columns}
    />
  );
}

const columns: Column<Notice>[] = [
  {
    name: 'text',
    label: text.notice,
    text: ({ text: words }) => words,
    cell: ({ text: words, target, isRead }) => (
      <>
        <TargetLink kind={target?.kind} id={target?.id}>
          {words}
        </TargetLink>
        {isRead ? null : <span className="tag">{text.unread}</span>}
      </>
    ),
  },
  timeColumn('createdAt', text.when, ({ createdAt }) => createdAt),
];
