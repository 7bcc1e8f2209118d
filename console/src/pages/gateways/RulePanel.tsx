import { useQuery } from '@tanstack/react-query';
import { changeRule, createRule, everyService, type Rule, readRule, type Service } from '../../api/gateways.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, SelectField } from '../../kit/fields.tsx';
import { PickField } from '../../kit/PickMany.tsx';
import { keptOf, pickedOf, useGroups } from '../../kit/pickers.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { en } from '../../messages/en.ts';
import { claimLines, claimsOf, pairsOf } from './lines.ts';

interface PanelProps {
  at: { tenantId: string; namespaceId: string; gatewayId: string };
  rule: Rule | undefined;
  onClose: () => void;
  onSaved: () => void;
}

/** A new rule, or one that is changed from how it is now. What it is about never changes. */
export function RulePanel({ at, rule, onClose, onSaved }: PanelProps) {
  const now = useQuery({
    queryKey: ['t', at.tenantId, 'gateways', at.gatewayId, 'rules', rule?.id ?? ''],
    queryFn: () => readRule({ ...at, id: rule?.id ?? '' }),
    enabled: rule !== undefined,
    gcTime: 0,
  });
  const known = useQuery({ ...everyService(at.tenantId), enabled: rule === undefined });
  const title = rule
    ? text.ruleTitle(rule.item === null ? rule.service : `${rule.service}: ${rule.item}`)
    : text.addRule;
  return (
    <Dialog title={title} kind="panel" onClose={onClose}>
      <ProblemNote error={now.error ?? known.error} />
      {rule ? (
        now.data ? (
          <RuleForm at={at} found={now.data} known={[]} onClose={onClose} onSaved={onSaved} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : !known.data ? (
        <Skeleton lines={4} />
      ) : known.data.length === 0 ? (
        <p>{text.noServices}</p>
      ) : (
        <RuleForm at={at} found={undefined} known={known.data} onClose={onClose} onSaved={onSaved} />
      )}
    </Dialog>
  );
}

const check = (values: Record<string, string>): Errors =>
  pairsOf(values.claims ?? '') ? {} : { claims: text.claimRule };

function RuleForm({
  at,
  found,
  known,
  onClose,
  onSaved,
}: Omit<PanelProps, 'rule'> & { found: { value: Rule; version: string } | undefined; known: Service[] }) {
  const old = found?.value;
  const draft = useDraft(
    {
      serviceId: old?.serviceId ?? known[0]?.id ?? '',
      item: old?.item ?? '',
      groups: keptOf(old?.groups ?? []),
      claims: claimLines(old?.claims ?? []),
    },
    check,
  );
  const { key } = useCreation(draft.values);
  const { values } = draft;
  const items = known.find(({ id }) => id === values.serviceId)?.items;
  const chosen = pickedOf(values.groups);
  return (
    <Form
      draft={draft}
      check={check}
      labels={{ serviceId: text.service, item: text.item, groups: text.groups, claims: text.claims }}
      submit={old ? en.action.save : text.addRule}
      isEdit={old !== undefined}
      onCancel={onClose}
      onSubmit={async () => {
        const fields = { groupIds: chosen.map(({ id }) => id), claims: claimsOf(values.claims) };
        if (old) await changeRule({ ...at, id: old.id }, found.version, fields);
        else
          await createRule(
            at,
            { serviceId: values.serviceId, item: items?.length ? values.item || null : null, ...fields },
            key,
          );
        onSaved();
      }}
    >
      {old ? null : (
        <SelectField
          draft={draft}
          name="serviceId"
          label={text.service}
          options={known.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      {items?.length ? (
        <SelectField
          draft={draft}
          name="item"
          label={text.item}
          options={[{ value: '', label: text.base }, ...items.map(({ name }) => ({ value: name, label: name }))]}
        />
      ) : null}
      <PickField draft={draft} name="groups" label={text.groups} find={en.list.findGroup} useFound={useGroups} />
      <AreaField draft={draft} name="claims" label={text.claims} help={text.claimsHelp} lines optional />
    </Form>
  );
}
