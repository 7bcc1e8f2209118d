import { useQuery } from '@tanstack/react-query';
import { changeRoute, createRoute, everyService, type Route, readRoute, type Service } from '../../api/gateways.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, ChoiceField, PresetField, SelectField, TextField } from '../../kit/fields.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { en } from '../../messages/en.ts';
import { linesOf, pairsOf } from './lines.ts';

interface PanelProps {
  at: { tenantId: string; namespaceId: string; gatewayId: string };
  /** Of the gateway: what its addresses begin with. */
  prefix: string;
  route: Route | undefined;
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** A new route, or one that is changed from how it is now. */
export function RoutePanel({ at, prefix, route, onClose, onSaved }: PanelProps) {
  const now = useQuery({
    queryKey: ['t', at.tenantId, 'gateways', at.gatewayId, 'routes', route?.id ?? ''],
    queryFn: () => readRoute({ ...at, id: route?.id ?? '' }),
    enabled: route !== undefined,
    gcTime: 0,
  });
  const known = useQuery(everyService(at.tenantId));
  return (
    <Dialog title={route ? text.routeTitle(route.name) : text.addRoute} kind="panel" onClose={onClose}>
      <ProblemNote error={now.error ?? known.error} />
      {(route && !now.data) || !known.data ? (
        <Skeleton lines={6} />
      ) : known.data.length === 0 ? (
        <p>{text.noServices}</p>
      ) : (
        <RouteForm at={at} prefix={prefix} found={now.data} known={known.data} onClose={onClose} onSaved={onSaved} />
      )}
    </Dialog>
  );
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
type Method = Route['methods'][number];

const labels = {
  name: text.name,
  pathPrefix: text.pathPrefix,
  host: text.host,
  methods: text.methods,
  serviceId: text.service,
  itemFrom: text.itemFrom,
  item: text.item,
  upstream: text.upstream,
  stripsPrefix: text.strips,
  connectTimeoutMs: text.connectTimeout,
  responseTimeoutMs: text.responseTimeout,
  trustedCertificates: text.trusted,
  requestSet: text.requestSet,
  requestRemove: text.requestRemove,
  responseSet: text.responseSet,
  responseRemove: text.responseRemove,
};

const required = checkBy({ name: 'required', pathPrefix: 'required', upstream: 'required' });
const check = (values: Record<string, string>): Errors => ({
  ...required(values),
  ...(values.serviceId ? {} : { serviceId: text.chooseService }),
  ...(pairsOf(values.requestSet ?? '') ? {} : { requestSet: text.headerRule }),
  ...(pairsOf(values.responseSet ?? '') ? {} : { responseSet: text.headerRule }),
});

const headerLines = (set: { name: string; value: string }[]) =>
  set.map(({ name, value }) => `${name}: ${value}`).join('\n');
const headersOf = (set: string, remove: string) => ({
  set: (pairsOf(set) ?? []).map(([name, value]) => ({ name: name.toLowerCase(), value })),
  remove: linesOf(remove).map((name) => name.toLowerCase()),
});

function RouteForm({
  at,
  prefix,
  found,
  known,
  onClose,
  onSaved,
}: Omit<PanelProps, 'route'> & { found: { value: Route; version: string } | undefined; known: Service[] }) {
  const old = found?.value;
  const draft = useDraft(
    {
      name: old?.name ?? '',
      pathPrefix: old?.pathPrefix ?? '/',
      host: old?.host ?? '',
      methods: old?.methods.join(',') ?? '',
      serviceId: old?.serviceId ?? known[0]?.id ?? '',
      itemFrom: old?.itemFrom ?? 'path',
      item: old?.item ?? '',
      upstream: old?.upstream ?? '',
      stripsPrefix: String(old?.stripsPrefix ?? true),
      connectTimeoutMs: String(old?.connectTimeoutMs ?? 5_000),
      responseTimeoutMs: String(old?.responseTimeoutMs ?? 60_000),
      trustedCertificates: old?.trustedCertificates ?? '',
      requestSet: headerLines(old?.requestHeaders.set ?? []),
      requestRemove: old?.requestHeaders.remove.join('\n') ?? '',
      responseSet: headerLines(old?.responseHeaders.set ?? []),
      responseRemove: old?.responseHeaders.remove.join('\n') ?? '',
    },
    check,
  );
  const { key } = useCreation(draft.values);
  const { values } = draft;
  const items = known.find(({ id }) => id === values.serviceId)?.items;
  return (
    <Form
      draft={draft}
      check={check}
      labels={labels}
      submit={old ? en.action.save : text.addRoute}
      isEdit={old !== undefined}
      onCancel={onClose}
      onSubmit={async () => {
        const itemFrom = (items ? values.itemFrom : 'none') as Route['itemFrom'];
        const fields = {
          name: values.name.trim(),
          pathPrefix: values.pathPrefix.trim(),
          host: values.host.trim(),
          methods: values.methods.split(',').filter(Boolean) as Method[],
          serviceId: values.serviceId,
          itemFrom,
          item: itemFrom === 'fixed' ? values.item || (items?.[0]?.name ?? null) : null,
          upstream: values.upstream.trim(),
          stripsPrefix: values.stripsPrefix === 'true',
          connectTimeoutMs: Number(values.connectTimeoutMs),
          responseTimeoutMs: Number(values.responseTimeoutMs),
          trustedCertificates: values.trustedCertificates.trim() || null,
          requestHeaders: headersOf(values.requestSet, values.requestRemove),
          responseHeaders: headersOf(values.responseSet, values.responseRemove),
        };
        if (old) await changeRoute({ ...at, id: old.id }, found.version, fields);
        else await createRoute(at, fields, key);
        onSaved(fields.name);
      }}
    >
      <TextField draft={draft} name="name" label={text.name} autoFocus />
      <TextField draft={draft} name="pathPrefix" label={text.pathPrefix} help={text.pathPrefixHelp(prefix)} />
      <TextField draft={draft} name="host" label={text.host} help={text.hostHelp} optional />
      <ChoiceField
        draft={draft}
        name="methods"
        label={text.methods}
        help={text.methodsHelp}
        options={METHODS.map((method) => ({ value: method, label: method }))}
      />
      <SelectField
        draft={draft}
        name="serviceId"
        label={text.service}
        options={known.map(({ id, name }) => ({ value: id, label: name }))}
      />
      {items ? (
        <PresetField
          draft={draft}
          name="itemFrom"
          label={text.itemFrom}
          help={text.itemFromHelp}
          options={Object.entries(text.itemFroms).map(([value, label]) => ({ value, label }))}
        />
      ) : null}
      {items && values.itemFrom === 'fixed' ? (
        <SelectField
          draft={draft}
          name="item"
          label={text.item}
          options={items.map(({ name }) => ({ value: name, label: name }))}
        />
      ) : null}
      <TextField draft={draft} name="upstream" label={text.upstream} help={text.upstreamHelp} />
      <PresetField
        draft={draft}
        name="stripsPrefix"
        label={text.strips}
        options={[
          { value: 'true', label: text.stripsYes },
          { value: 'false', label: text.stripsNo },
        ]}
      />
      <TextField draft={draft} name="connectTimeoutMs" label={text.connectTimeout} inputMode="numeric" />
      <TextField draft={draft} name="responseTimeoutMs" label={text.responseTimeout} inputMode="numeric" />
      <AreaField draft={draft} name="trustedCertificates" label={text.trusted} help={text.trustedHelp} lines optional />
      <AreaField draft={draft} name="requestSet" label={text.requestSet} help={text.headersHelp} lines optional />
      <AreaField draft={draft} name="requestRemove" label={text.requestRemove} help={text.namesHelp} lines optional />
      <AreaField draft={draft} name="responseSet" label={text.responseSet} help={text.headersHelp} lines optional />
      <AreaField draft={draft} name="responseRemove" label={text.responseRemove} help={text.namesHelp} lines optional />
    </Form>
  );
}
