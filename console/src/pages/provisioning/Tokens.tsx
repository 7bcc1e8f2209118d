import { useQuery } from '@tanstack/react-query';
import { revokeToken } from '../../api/provisioning.ts';
import { tokens } from '../../api/tenant.ts';
import type { ProvisioningToken } from '../../api/types.ts';
import type { BulkAction } from '../../kit/bulk-run.ts';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import { useSwitch } from '../../kit/switch.tsx';
import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { statusText } from '../../messages/en.ts';
import { sorts } from '../../shell/sorts.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { tokenCreation } from './scim.ts';
import { tokenSwitch } from './switch.ts';

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
const isLive = ({ state }: ProvisioningToken) => ['active', 'rotating'].includes(state);

const columns: Column<ProvisioningToken>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="provisioning" id={id}>
        {name}
      </ObjectLink>
    ),
  },
  statusColumn('state', text.state, ({ state }) => state),
  {
    name: 'lastFour',
    label: text.lastFour,
    text: ({ lastFour }) => lastFour,
    cell: ({ lastFour }) => <code>…{lastFour}</code>,
    priority: 3,
  },
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { none: text.neverCalled, priority: 2 }),
  {
    name: 'expiresAt',
    label: text.expires,
    sort: 'expiresAt',
    text: ({ expiresAt }) => expiresAt,
    cell: (token) => (
      <>
        <Time at={token.expiresAt} />
        {isLive(token) && Date.parse(token.expiresAt) - Date.now() < soonMs ? (
          <span className="tag tag-warn">{text.expiresSoon}</span>
        ) : null}
      </>
    ),
  },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
  clippedColumn('createdBy', text.createdBy, ({ createdBy }) => createdBy.name, { priority: 3 }),
];

/** The tokens of the tenant, each for one identity provider. */
export function Tokens() {
  const tenantId = useTenantId();
  const state = useListState({ filters, sort: sorts.provisioning });
  const query = useQuery(tokens(tenantId, state.query()));
  const { items, bulk } = useSwitch(tokenSwitch);
  const revoke: BulkAction<ProvisioningToken> = {
    name: 'provisioning-tokens.revoke',
    verb: text.revoke,
    isDangerous: true,
    skip: ({ actions }) => reasonOf(actions, 'provisioning-tokens.revoke'),
    act: ({ id }) => revokeToken(tenantId, id),
    confirm: (rows) => ({
      text: text.revokeText,
      breaks: [
        text.revokeMany(rows.filter(isLive).length),
        ...rows.filter(({ lastUsedAt }) => lastUsedAt).map(({ name }) => text.revokeUsed(name)),
      ],
      typed: text.revokeTyped(rows.length),
    }),
  };
  return (
    <List
      what={text.what}
      page={text.title}
      empty={
        <Empty
          title={text.emptyTitle}
          text={text.emptyText}
          command={text.command}
          action={<CreateLink {...tokenCreation} label={text.createFirst} />}
        />
      }
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      rowName={({ name }) => name}
      rowActions={items}
      bulk={[...bulk, revoke]}
    />
  );
}
