import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { deleteRule, type Gateway, type Rule, rules } from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const RulePanel = lazy(() => import('./RulePanel.tsx').then((m) => ({ default: m.RulePanel })));

const aboutOf = ({ service, item }: Rule) => (item === null ? service : `${service}: ${item}`);
const groupsOf = ({ groups }: Rule) =>
  groups.map(({ name, status }) => (status === 'enabled' ? name : `${name} (${text.off})`)).join(', ');
const claimsOf = ({ claims }: Rule) => claims.map(({ name, values }) => `${name}: ${values.join(' / ')}`).join(', ');

const columns: Column<Rule>[] = [
  {
    name: 'about',
    label: text.about,
    sort: 'service',
    text: aboutOf,
    cell: ({ service, item }) => (
      <>
        {service} <span className="faint">{item ?? text.base}</span>
      </>
    ),
  },
  {
    name: 'letsIn',
    label: text.letsIn,
    text: (rule) => [groupsOf(rule), claimsOf(rule)].filter(Boolean).join('; ') || text.nobody,
  },
];

export function Rules({ gateway }: { gateway: Gateway }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const at = { tenantId, namespaceId: gateway.namespaceId, gatewayId: gateway.id };
  const state = useListState({ sort: 'service' });
  const query = useQuery(rules(at, state.query()));
  const [open, setOpen] = useState<{ rule?: Rule }>();
  const [leaving, setLeaving] = useState<Rule>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'gateways'] });
  const add = (
    <Button
      kind="primary"
      icon={<IconPlus size={16} aria-hidden="true" />}
      reason={reasonOf(gateway.actions, 'rules.create')}
      onClick={() => setOpen({})}
    >
      {text.addRule}
    </Button>
  );
  return (
    <>
      <p className="faint">{text.ruleOrder}</p>
      <List
        what={text.whatRules}
        state={state}
        query={query}
        columns={columns}
        rowName={aboutOf}
        rowActions={(rule) => [
          {
            label: text.editService,
            reason: reasonOf(rule.actions, 'rules.change'),
            onSelect: () => setOpen({ rule }),
          },
          {
            label: text.deleteVerb,
            reason: reasonOf(rule.actions, 'rules.delete'),
            onSelect: () => setLeaving(rule),
            isDangerous: true,
          },
        ]}
        toolbar={add}
        empty={<Empty title={text.rulesEmpty} text={text.rulesEmptyText} action={add} />}
        page={text.rules}
      />
      {open ? (
        <Suspense>
          <RulePanel
            at={at}
            rule={open.rule}
            onClose={() => setOpen(undefined)}
            onSaved={async () => {
              setOpen(undefined);
              await refresh();
              toast({ text: text.ruleSaved });
            }}
          />
        </Suspense>
      ) : null}
      {leaving ? (
        <ConfirmDialog
          title={`${text.deleteVerb}: ${aboutOf(leaving)}`}
          verb={text.deleteVerb}
          text={text.ruleDeleteText(leaving.service, leaving.item)}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await deleteRule({ ...at, id: leaving.id });
            setLeaving(undefined);
            await refresh();
            toast({ text: text.ruleDeleted(aboutOf(leaving)) });
          }}
        />
      ) : null}
    </>
  );
}
