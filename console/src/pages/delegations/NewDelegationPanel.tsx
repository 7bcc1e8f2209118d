import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { requestDelegation, requestDelegations } from '../../api/delegations.ts';
import { topics } from '../../api/session.ts';
import { groups } from '../../api/tenant.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { AreaField, ChoiceField, SelectField, TextField } from '../../kit/fields.tsx';
import { isId } from '../../kit/ids.ts';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';

const linesOf = (value: string) => value.split(/[\s,]+/).filter(Boolean);
const idsOf = (typed: string) => linesOf(typed.toLowerCase());
const required = checkBy({ customers: 'required', groupId: 'required', purpose: 'required' });
const check = (values: Record<string, string>): Errors => {
  const days = Number(values.days);
  return {
    ...required(values),
    ...(values.customers?.trim() && !idsOf(values.customers).every(isId) ? { customers: text.badIds } : {}),
    ...(values.permissions ? {} : { permissions: text.chooseSome }),
    ...(Number.isInteger(days) && days >= 1 && days <= 730 ? {} : { days: text.badDays }),
  };
};

export function NewDelegationPanel() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const own = useQuery(groups(tenantId, { limit: 200, sort: 'name' })).data?.items ?? [];
  const catalogue = useQuery(topics).data?.items ?? [];
  const draft = useDraft(
    { customers: '', groupId: '', permissions: '', namespaces: '', days: '365', purpose: '' },
    check,
  );
  const { key } = useCreation(draft.values);
  const customers = idsOf(draft.values.customers);
  const close = useWayBack('/t/$tenantId/partner-access');
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
        permissions: text.permissions,
        namespaces: text.namespaces,
        days: text.days,
        purpose: text.purpose,
      }}
      submit={customers.length > 1 ? text.askMany(customers.length) : text.askOne}
      onSubmit={async () => {
        const { groupId, permissions, namespaces, days, purpose } = draft.values;
        const body = {
          groupId,
          permissions: permissions.split(','),
          namespaces: linesOf(namespaces),
          days: Number(days),
          purpose: purpose.trim(),
          relation: 'partner' as const,
        };
        const [one] = customers;
        if (customers.length > 1 || !one) await requestDelegations(tenantId, { customerTenantIds: customers, ...body });
        else await requestDelegation(tenantId, { customerTenantId: one, ...body }, key);
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'delegations'] });
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
      <SelectField
        draft={draft}
        name="groupId"
        label={text.group}
        help={text.groupHelp}
        options={[
          { value: '', label: '' },
          ...own
            .filter(({ isOwnerGroup, source }) => !isOwnerGroup && source !== 'imported')
            .map(({ id, name }) => ({ value: id, label: name })),
        ]}
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
    </CreatePanel>
  );
}
