import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { pauseToken, resumeToken, tokens } from '../../api/tenant.ts';
import type { ProvisioningToken } from '../../api/types.ts';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { type Column, type Filter, List, useListState } from '../../kit/List.tsx';
import type { MenuItem } from '../../kit/Menu.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { en, statusText } from '../../messages/en.ts';
import { isOffered, reasonOf, usePlace, useTenantId } from '../../shell/where.ts';
import { useScimBaseUrl } from './scim.ts';

const filters: Filter[] = [
  {
    name: 'state',
    label: text.state,
    options: ['active', 'rotating', 'paused', 'expired', 'revoked'].map((value) => ({
      value,
      label: statusText(value),
    })),
  },
];

const soonMs = 14 * 86_400_000;

export function ProvisioningPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: '-createdAt' });
  const query = useQuery(tokens(tenantId, state.query()));
  const { run } = useAct();
  const baseUrl = useScimBaseUrl();

  const columns: Column<ProvisioningToken>[] = [
    {
      name: 'name',
      label: text.name,
      sort: 'name',
      cell: ({ id, name }) => (
        <Link to="/t/$tenantId/provisioning/$id" params={{ tenantId, id }}>
          {name}
        </Link>
      ),
    },
    { name: 'state', label: text.state, cell: (token) => <Status status={token.state} /> },
    { name: 'lastFour', label: text.lastFour, cell: ({ lastFour }) => <code>…{lastFour}</code>, priority: 3 },
    {
      name: 'lastUsedAt',
      label: text.lastUsed,
      cell: ({ lastUsedAt }) => <Time at={lastUsedAt} none={text.neverCalled} />,
      priority: 2,
    },
    {
      name: 'expiresAt',
      label: text.expires,
      sort: 'expiresAt',
      cell: (token) => (
        <>
          <Time at={token.expiresAt} />
          {['active', 'rotating'].includes(token.state) && Date.parse(token.expiresAt) - Date.now() < soonMs ? (
            <span className="tag tag-warn">{text.expiresSoon}</span>
          ) : null}
        </>
      ),
    },
    {
      name: 'createdAt',
      label: text.created,
      sort: 'createdAt',
      cell: ({ createdAt }) => <Time at={createdAt} />,
      priority: 3,
    },
    { name: 'createdBy', label: text.createdBy, cell: ({ createdBy }) => createdBy.name, priority: 3 },
  ];
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'provisioning-tokens'] });
  const switchTo = (token: ProvisioningToken, isOn: boolean): Promise<unknown> =>
    run(token.id, async () => {
      await (isOn ? resumeToken : pauseToken)(tenantId, token.id);
      await refresh();
      toast({ text: isOn ? text.resumed(token.name) : text.paused(token.name), undo: () => switchTo(token, !isOn) });
    });
  const rowActions = (token: ProvisioningToken): MenuItem[] =>
    isOffered(token.actions, 'provisioning-tokens.resume')
      ? [
          {
            label: text.resume,
            reason: reasonOf(token.actions, 'provisioning-tokens.resume'),
            onSelect: () => void switchTo(token, true),
          },
        ]
      : [
          {
            label: text.pause,
            reason: reasonOf(token.actions, 'provisioning-tokens.pause'),
            onSelect: () => void switchTo(token, false),
          },
        ];

  return (
    <Page
      title={text.title}
      place={place}
      lead={text.lead}
      actions={<CreateLink to="/t/$tenantId/provisioning/new" permission="provisioning.issue" label={text.create} />}
    >
      <div className="copy-card">
        <div>
          <span className="copy-label">{text.baseUrl}</span>
          <code>{baseUrl}</code>
          <span className="faint small block">{text.baseUrlHelp}</span>
        </div>
        <CopyButton value={baseUrl} label={`${en.action.copy}: ${text.baseUrl}`} text={en.action.copy} />
      </div>
      <List
        what={text.what}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        rowActions={rowActions}
        empty={
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            command={text.command}
            action={
              <CreateLink to="/t/$tenantId/provisioning/new" permission="provisioning.issue" label={text.createFirst} />
            }
          />
        }
        page={text.title}
      />
      <Outlet />
    </Page>
  );
}
