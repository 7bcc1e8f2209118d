import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteService, type Service, services } from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { reasonOf, useReason, useTenantId } from '../../shell/where.ts';
import { ServicePanel } from './ServicePanel.tsx';

const columns: Column<Service>[] = [
  { name: 'name', label: text.name, sort: 'name', text: ({ name }) => name },
  clippedColumn('description', text.description, ({ description }) => description, { priority: 2 }),
  { name: 'items', label: text.items, text: ({ items }) => text.itemsCount(items?.length ?? null) },
  timeColumn('updatedAt', text.changed, ({ updatedAt }) => updatedAt, { priority: 3 }),
];

export function Services() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ sort: 'name' });
  const query = useQuery(services(tenantId, state.query()));
  const [open, setOpen] = useState<{ service?: Service }>();
  const [leaving, setLeaving] = useState<Service>();
  const reason = useReason('gateways.change');
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'services'] });
  const create = (
    <Button kind="primary" icon={<IconPlus size={16} aria-hidden="true" />} reason={reason} onClick={() => setOpen({})}>
      {text.createService}
    </Button>
  );
  return (
    <>
      <List
        what={text.whatServices}
        state={state}
        query={query}
        columns={columns}
        rowName={({ name }) => name}
        rowActions={(service) => [
          {
            label: text.editService,
            reason: reasonOf(service.actions, 'services.change'),
            onSelect: () => setOpen({ service }),
          },
          {
            label: text.deleteVerb,
            reason: reasonOf(service.actions, 'services.delete'),
            onSelect: () => setLeaving(service),
            isDangerous: true,
          },
        ]}
        toolbar={create}
        empty={
          <Empty
            title={text.servicesEmpty}
            text={text.servicesEmptyText}
            action={create}
            command="bailiwick services create --name orders"
          />
        }
        page={text.services}
      />
      {open ? (
        <ServicePanel
          service={open.service}
          onClose={() => setOpen(undefined)}
          onSaved={async (name) => {
            setOpen(undefined);
            await refresh();
            toast({ text: text.serviceSaved(name) });
          }}
        />
      ) : null}
      {leaving ? (
        <ConfirmDialog
          title={`${text.deleteVerb}: ${leaving.name}`}
          verb={text.deleteVerb}
          text={text.serviceDeleteText}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await deleteService(tenantId, leaving.id);
            setLeaving(undefined);
            await refresh();
            toast({ text: text.serviceDeleted(leaving.name) });
          }}
        />
      ) : null}
    </>
  );
}
