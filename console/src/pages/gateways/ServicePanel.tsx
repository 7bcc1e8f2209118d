import { useQuery } from '@tanstack/react-query';
import { changeService, createService, readService, type Service } from '../../api/gateways.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, TextField } from '../../kit/fields.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { linesOf } from './lines.ts';

interface PanelProps {
  service: Service | undefined;
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** A new service, or one that is changed from how it is now. */
export function ServicePanel({ service, onClose, onSaved }: PanelProps) {
  const tenantId = useTenantId();
  const now = useQuery({
    queryKey: ['t', tenantId, 'services', service?.id ?? ''],
    queryFn: () => readService(tenantId, service?.id ?? ''),
    enabled: service !== undefined,
    gcTime: 0,
  });
  return (
    <Dialog title={service ? text.serviceTitle(service.name) : text.createService} kind="panel" onClose={onClose}>
      <ProblemNote error={now.error} />
      {service && !now.data ? (
        <Skeleton lines={4} />
      ) : (
        <ServiceForm found={now.data} onClose={onClose} onSaved={onSaved} />
      )}
    </Dialog>
  );
}

const check = ({ name = '' }: Record<string, string>) => ({
  name: /^[a-z][a-z0-9-]{0,62}$/.test(name.trim()) ? undefined : text.serviceNameRule,
});

function ServiceForm({
  found,
  onClose,
  onSaved,
}: Omit<PanelProps, 'service'> & { found: { value: Service; version: string } | undefined }) {
  const tenantId = useTenantId();
  const old = found?.value;
  const draft = useDraft(
    {
      name: old?.name ?? '',
      description: old?.description ?? '',
      items: old?.items?.map(({ name }) => name).join('\n') ?? '',
    },
    check,
  );
  const { key } = useCreation(draft.values);
  return (
    <Form
      draft={draft}
      check={check}
      labels={{ name: text.serviceName, description: text.description, items: text.items }}
      submit={old ? en.action.save : text.createService}
      isEdit={old !== undefined}
      onCancel={onClose}
      onSubmit={async () => {
        const { name, description, items } = draft.values;
        const described = new Map(old?.items?.map((item) => [item.name, item.description]));
        const named = linesOf(items).map((item) => ({ name: item, description: described.get(item) ?? '' }));
        const fields = { description: description.trim(), items: named.length > 0 ? named : null };
        if (old) await changeService(tenantId, old.id, found.version, fields);
        else await createService(tenantId, { name: name.trim(), ...fields }, key);
        onSaved(name.trim());
      }}
    >
      {old ? null : (
        <TextField draft={draft} name="name" label={text.serviceName} help={text.serviceNameHelp} autoFocus />
      )}
      <AreaField draft={draft} name="description" label={text.description} optional />
      <AreaField draft={draft} name="items" label={text.items} help={text.itemsHelp} rows={8} lines optional />
    </Form>
  );
}
