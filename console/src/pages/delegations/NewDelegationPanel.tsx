import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import {
  type Delegation,
  delegation,
  delegationsWith,
  requestDelegation,
  requestDelegations,
} from '../../api/delegations.ts';
import { topics } from '../../api/session.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { AreaField, ChoiceField, SelectField, TextField } from '../../kit/fields.tsx';
import { isId } from '../../kit/ids.ts';
import { type Picked, useGroupsToLend } from '../../kit/pickers.ts';
import { Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { useSettled } from '../../kit/settled.ts';
import { toast } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { termsOf } from './terms.ts';

const PickMany = lazy(() => import('../../kit/PickMany.tsx').then((m) => ({ default: m.PickMany })));

const linesOf = (value: string) => value.split(/[\s,]+/).filter(Boolean);
const idsOf = (typed: string) => [...new Set(linesOf(typed.toLowerCase()))];
const required = checkBy({ customers: 'required', groupId: 'required', purpose: 'required' });
const check = (values: Record<string, string>): Errors => {
  const days = Number(values.days);
  return {
    ...required(values),
    ...(values.customers?.trim() && !idsOf(values.customers).every(isId) ? { customers: text.badIds } : {}),
    ...(values.permissions || values.relation === 'parent' ? {} : { permissions: text.chooseSome }),
    ...(Number.isInteger(days) && days >= 1 && days <= 730 ? {} : { days: text.badDays }),
  };
};

/** Of a renewal `as` has the id of the delegation that it is asked as, and of the customers to ask. */
export function NewDelegationPanel() {
  const tenantId = useTenantId();
  const { as = '' } = useSearch({ strict: false }) as { as?: string };
  const [id = '', ...customers] = linesOf(as);
  const before = useQuery({ ...delegation(tenantId, id), enabled: id !== '' });
  const close = useWayBack('/t/$tenantId/partner-access');
  if (id !== '' && before.isPending)
    return (
      <Dialog title={text.newTitle} kind="panel" onClose={close}>
        <Skeleton lines={6} />
      </Dialog>
    );
  return <Asking values={valuesOf(customers, before.data?.value)} before={before.data?.value} close={close} />;
}

const valuesOf = (customers: string[], before: Delegation | undefined) => {
  const terms = before && termsOf(before);
  return {
    customers: customers.join('\n'),
    groupId: before?.partnerGroupId ?? '',
    relation: before?.relation ?? 'partner',
    permissions: (terms?.permissions ?? []).join(),
    namespaces: (terms?.namespaces ?? []).join('\n'),
    days: String(before?.askedDays ?? 365),
    // What it was for with one customer is no word for others.
    purpose: customers.length > 1 ? '' : (before?.purpose ?? ''),
  };
};

function Asking({
  values,
  before,
  close,
}: {
  values: ReturnType<typeof valuesOf>;
  before: Delegation | undefined;
  close: () => void;
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [group, setGroup] = useState<Picked | undefined>(
    before && { id: before.partnerGroupId, name: before.partnerGroupName ?? text.unnamed },
  );
  const catalogue = useQuery(topics).data?.items ?? [];
  const draft = useDraft(values, check);
  const { key } = useCreation(draft.values);
  const customers = idsOf(draft.values.customers);
  const settled = idsOf(useSettled(draft.values.customers));
  const isAsked = settled.length > 0 && settled.every(isId);
  const known = useQuery({ ...delegationsWith(tenantId, settled), enabled: isAsked }).data ?? [];
  return (
    <CreatePanel
      title={text.newTitle}
      lead={text.newLead}
      close={close}
      draft={draft}
      check={check}
      labels={{
        customers: text.customers,
        groupId: text.group,
        relation: text.relation,
        permissions: text.permissions,
        namespaces: text.namespaces,
        days: text.days,
        purpose: text.purpose,
      }}
      submit={customers.length > 1 ? text.askMany(customers.length) : text.askOne}
      onSubmit={async () => {
        const { groupId, relation, permissions, namespaces, days, purpose } = draft.values;
        const body = {
          groupId,
          permissions: linesOf(permissions),
          namespaces: linesOf(namespaces),
          days: Number(days),
          purpose: purpose.trim(),
          relation: relation === 'parent' ? ('parent' as const) : ('partner' as const),
        };
        const [one] = customers;
        if (customers.length > 1 || !one) await requestDelegations(tenantId, { customerTenantIds: customers, ...body });
        else {
          const standing = await queryClient.fetchQuery(delegationsWith(tenantId, [one]));
          const renews = standingWith(standing, one, groupId, 'active')?.id;
          await requestDelegation(tenantId, { customerTenantId: one, ...body, ...(renews ? { renews } : {}) }, key);
        }
        // The task of many too, whose end shows what became of each.
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
      }}
      onDone={() => {
        toast(
          customers.length > 1
            ? {
                text: text.askedMany,
                link: (
                  <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
                    {en.top.seeTasks}
                  </Link>
                ),
              }
            : { text: text.asked },
        );
        void close();
      }}
    >
      <AreaField
        draft={draft}
        name="customers"
        label={text.customers}
        help={text.customersHelp}
        rows={3}
        lines
        autoFocus
      />
      <Suspense>
        <PickMany
          label={text.group}
          find={en.list.findGroup}
          help={text.groupHelp}
          error={draft.errors.groupId}
          isOne
          chosen={group ? [group] : []}
          onChange={(chosen) => {
            const last = chosen.at(-1);
            setGroup(last);
            draft.set('groupId', last?.id ?? '');
          }}
          useFound={useGroupsToLend}
        />
      </Suspense>
      <SelectField
        draft={draft}
        name="relation"
        label={text.relation}
        help={text.relationHelp}
        options={Object.entries(text.relationsThere).map(([value, label]) => ({ value, label }))}
      />
      <ChoiceField
        draft={draft}
        name="permissions"
        label={text.permissions}
        options={catalogue.flatMap(({ permissions }) =>
          permissions
            .filter(({ isDelegable }) => isDelegable)
            .map(({ name, title }) => ({ value: name, label: title })),
        )}
      />
      <AreaField draft={draft} name="namespaces" label={text.namespaces} help={text.namespacesHelp} lines optional />
      <TextField draft={draft} name="days" label={text.days} help={text.daysHelp} inputMode="numeric" />
      <AreaField draft={draft} name="purpose" label={text.purpose} help={text.purposeHelp} />
      {customers.length > 0 && customers.every(isId) ? (
        <Asked customers={customers} groupId={draft.values.groupId} known={known} />
      ) : null}
    </CreatePanel>
  );
}

/** What stands with a customer and the same group: it is renewed, or waits for an answer already. */
const standingWith = (known: Delegation[], customerId: string, groupId: string, standing: Delegation['state']) =>
  known.find(
    ({ otherTenantId, partnerGroupId, state }) =>
      otherTenantId === customerId && partnerGroupId === groupId && state === standing,
  );

/** Who would be asked, before it is sent: by name those of whom one is known, and what stands with the same group. */
function Asked({ customers, groupId, known }: { customers: string[]; groupId: string; known: Delegation[] }) {
  const noteOn = (id: string) => {
    if (standingWith(known, id, groupId, 'requested')) return text.waitsAlready;
    return standingWith(known, id, groupId, 'active') ? text.willRenew : '';
  };
  return (
    <details>
      <summary>{text.whoIsAsked(customers.length)}</summary>
      <ul>
        {customers.map((id) => {
          const name = known.find((each) => each.otherTenantId === id && each.otherTenantName)?.otherTenantName;
          return (
            <li key={id}>
              {name ?? <code>{id}</code>} <span className="faint small">{noteOn(id)}</span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
