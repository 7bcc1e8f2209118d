import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { markNoticesRead, notices } from '../../api/tenant.ts';
import type { Notice } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { type Filter, List, useListState } from '../../kit/List.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Time } from '../../kit/Time.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { taskText as text } from '../../messages/en.tasks.ts';
import { usePlace, useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [{ name: 'unread', label: text.show, options: [{ value: 'true', label: text.onlyUnread }] }];

const pages: Record<string, string> = {
  'provisioning-token': 'provisioning',
  account: 'accounts',
  group: 'groups',
  namespace: 'namespaces',
  'service-account': 'integrations',
};

export function NoticesPage() {
  const tenantId = useTenantId();
  const place = usePlace();
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
    <Page
      title={text.noticesTitle}
      place={place}
      lead={text.noticesLead}
      actions={
        <Button reason={unread ? null : text.nothingUnread} pending={pending === 'mark'} onClick={() => mark()}>
          {text.markAll}
        </Button>
      }
    >
      <List
        what={text.noticesWhat}
        state={state}
        query={query}
        filters={filters}
        hasSearch={false}
        rowKey={({ id }) => id}
        rowName={({ text: words }) => words}
        rowActions={(notice) =>
          notice.isRead ? [] : [{ label: text.markOne, onSelect: () => void mark([notice.id]) }]
        }
        rowClass={({ isRead }) => (isRead ? '' : 'row-unread')}
        columns={[
          {
            name: 'text',
            label: text.notice,
            cell: (notice) => (
              <>
                <Target notice={notice} tenantId={tenantId} />
                {notice.isRead ? null : <span className="tag">{text.unread}</span>}
              </>
            ),
          },
          { name: 'createdAt', label: text.when, cell: ({ createdAt }) => <Time at={createdAt} /> },
        ]}
        empty={<Empty title={text.noticesEmpty} text={text.noticesEmptyText} />}
        page={text.noticesTitle}
      />
    </Page>
  );
}

function Target({ notice: { text: words, target }, tenantId }: { notice: Notice; tenantId: string }) {
  if (target?.kind === 'tenant')
    return (
      <Link to="/t/$tenantId/profile" params={{ tenantId }}>
        {words}
      </Link>
    );
  const page = target ? pages[target.kind] : undefined;
  return target && page ? <Link to={`/t/${tenantId}/${page}/${target.id}` as never}>{words}</Link> : words;
}
