import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { deleteRoute, type Gateway, type Route, routes } from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const RoutePanel = lazy(() => import('./RoutePanel.tsx').then((m) => ({ default: m.RoutePanel })));

/** Where requests go to: host, and path as it is sent. */
const fromOf = (gateway: Gateway, { host, pathPrefix }: Route) => `${host}${gateway.prefix}${pathPrefix}`;

const columnsOf = (gateway: Gateway): Column<Route>[] => [
  { name: 'name', label: text.name, sort: 'name', text: ({ name }) => name },
  {
    name: 'from',
    label: text.from,
    sort: 'pathPrefix',
    text: (route) => fromOf(gateway, route),
    cell: (route) => <code>{fromOf(gateway, route)}</code>,
  },
  {
    name: 'methods',
    label: text.methods,
    text: ({ methods }) => (methods.length > 0 ? methods.join(', ') : text.allMethods),
    priority: 3,
  },
  {
    name: 'service',
    label: text.service,
    text: ({ service, item, itemFrom }) => (itemFrom === 'none' ? service : `${service}: ${item ?? '…'}`),
    priority: 2,
  },
  clippedColumn('upstream', text.to, ({ upstream }) => upstream, { priority: 2 }),
];

export function Routes({ gateway }: { gateway: Gateway }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const at = { tenantId, namespaceId: gateway.namespaceId, gatewayId: gateway.id };
  const state = useListState({ sort: 'pathPrefix' });
  const query = useQuery(routes(at, state.query()));
  const [open, setOpen] = useState<{ route?: Route }>();
  const [leaving, setLeaving] = useState<Route>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'gateways'] });
  const add = (
    <Button
      kind="primary"
      icon={<IconPlus size={16} aria-hidden="true" />}
      reason={reasonOf(gateway.actions, 'routes.create')}
      onClick={() => setOpen({})}
    >
      {text.addRoute}
    </Button>
  );
  return (
    <>
      <p className="faint">{text.routeOrder}</p>
      <List
        what={text.whatRoutes}
        state={state}
        query={query}
        columns={columnsOf(gateway)}
        rowName={({ name }) => name}
        rowActions={(route) => [
          {
            label: text.editService,
            reason: reasonOf(route.actions, 'routes.change'),
            onSelect: () => setOpen({ route }),
          },
          {
            label: text.deleteVerb,
            reason: reasonOf(route.actions, 'routes.delete'),
            onSelect: () => setLeaving(route),
            isDangerous: true,
          },
        ]}
        toolbar={add}
        empty={<Empty title={text.routesEmpty} text={text.routesEmptyText} action={add} />}
        page={text.routes}
      />
      {open ? (
        <Suspense>
          <RoutePanel
            at={at}
            prefix={gateway.prefix}
            route={open.route}
            onClose={() => setOpen(undefined)}
            onSaved={async (name) => {
              setOpen(undefined);
              await refresh();
              toast({ text: text.routeSaved(name) });
            }}
          />
        </Suspense>
      ) : null}
      {leaving ? (
        <ConfirmDialog
          title={`${text.deleteVerb}: ${leaving.name}`}
          verb={text.deleteVerb}
          text={fromOf(gateway, leaving)}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await deleteRoute({ ...at, id: leaving.id });
            setLeaving(undefined);
            await refresh();
            toast({ text: text.routeDeleted(leaving.name) });
          }}
        />
      ) : null}
    </>
  );
}
