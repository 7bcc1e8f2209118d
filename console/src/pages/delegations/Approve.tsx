import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { approveDelegation, type Delegation, delegation, refuseDelegation } from '../../api/delegations.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { ChoiceField, TextField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, useNamespaces } from '../../kit/pickers.ts';
import { toast } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { DecisionLook } from './DecisionLook.tsx';
import { usePermissionTitles } from './names.ts';

/** The customer's answer: as asked, less, or no. */
export function Approve({ value }: { value: Delegation }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const titleOf = usePermissionTitles();
  const [isRefusing, setRefusing] = useState(false);
  const [why, setWhy] = useState('');
  const check = (values: Record<string, string>): Errors => {
    const days = Number(values.days);
    return {
      ...(values.permissions || value.askedPermissions.length === 0 ? {} : { permissions: text.chooseSome }),
      ...(Number.isInteger(days) && days >= 1 && days <= value.askedDays
        ? {}
        : { days: text.badDaysUpTo(value.askedDays) }),
    };
  };
  const draft = useDraft(
    {
      permissions: value.askedPermissions.join(','),
      days: String(value.askedDays),
      needsActivation: value.needsActivation ? 'yes' : '',
      groupName: '',
      namespaceIds: '[]',
    },
    check,
  );
  const places = JSON.parse(draft.values.namespaceIds) as Picked[];
  const inPlaces = places.length > 0 ? { namespaceIds: places.map(({ id }) => id) } : {};
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'delegations'] });
  const reason = reasonOf(value.actions, 'delegations.approve');
  return (
    <Section
      title={text.approveTitle}
      lead={reason ?? text.approveLead}
      actions={
        <Button
          kind="danger-quiet"
          reason={reasonOf(value.actions, 'delegations.refuse')}
          onClick={() => setRefusing(true)}
        >
          {text.refuse}
        </Button>
      }
    >
      {reason ? null : (
        <Form
          draft={draft}
          check={check}
          labels={{
            permissions: text.allowed,
            namespaceIds: text.namespaces,
            days: text.days,
            groupName: text.groupName,
          }}
          submit={text.approve}
          onSubmit={async () => {
            const { permissions, days, needsActivation, groupName } = draft.values;
            const now = await approveDelegation(tenantId, value.id, {
              ...(permissions ? { permissions: permissions.split(',') } : {}),
              ...inPlaces,
              days: Number(days),
              needsActivation: needsActivation !== '',
              ...(groupName.trim() ? { groupName: groupName.trim() } : {}),
            });
            queryClient.setQueryData(delegation(tenantId, value.id).queryKey, now);
          }}
          onDone={() => {
            toast({ text: text.approved });
            void refresh();
          }}
        >
          <ChoiceField
            draft={draft}
            name="permissions"
            label={text.allowed}
            options={value.askedPermissions.map((name) => ({ value: name, label: titleOf(name) }))}
          />
          <PickMany
            label={text.namespaces}
            find={text.findNamespace}
            help={text.placesHelp(value.askedNamespaces)}
            error={draft.errors.namespaceIds}
            chosen={places}
            onChange={(chosen) => draft.set('namespaceIds', JSON.stringify(chosen))}
            useFound={useNamespaces}
          />
          <TextField draft={draft} name="days" label={text.days} inputMode="numeric" />
          <ChoiceField
            draft={draft}
            name="needsActivation"
            label={text.activation}
            options={[{ value: 'yes', label: text.needsActivation }]}
          />
          <TextField draft={draft} name="groupName" label={text.groupName} help={text.groupNameHelp} optional />
          {draft.values.permissions ? (
            <DecisionLook
              id={value.id}
              body={{
                act: 'approve',
                permissions: draft.values.permissions.split(','),
                ...inPlaces,
                needsActivation: draft.values.needsActivation !== '',
              }}
            />
          ) : null}
        </Form>
      )}
      {isRefusing ? (
        <ConfirmDialog
          title={text.refuseQuestion}
          verb={text.refuse}
          text={text.refuseText}
          onClose={() => setRefusing(false)}
          onConfirm={async () => {
            await refuseDelegation(tenantId, value.id, why.trim());
            setRefusing(false);
            toast({ text: text.refused });
            await refresh();
          }}
        >
          <label className="typed-name">
            {text.reason}
            <input value={why} maxLength={500} onChange={(event) => setWhy(event.currentTarget.value)} />
          </label>
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}
