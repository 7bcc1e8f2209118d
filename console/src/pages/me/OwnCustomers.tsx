import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { askToAct, type OwnDelegation, ownDelegations } from '../../api/delegations.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, PresetField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { meText as text } from '../../messages/en.me.ts';
import { isToBeAsked } from '../../shell/partner-access.tsx';

const nameOf = ({ otherTenantName, otherTenantId }: OwnDelegation) => otherTenantName ?? otherTenantId;

/** Customers that let the person's groups in, and where each use is approved the way to ask for one. */
export function OwnCustomers({ tenantId }: { tenantId: string }) {
  const found = useQuery(ownDelegations);
  const [asking, setAsking] = useState<OwnDelegation>();
  if (found.isError && !found.data) return <ProblemPanel error={found.error} onRetry={() => found.refetch()} />;
  if (!found.data?.items.length) return null;
  return (
    <Section title={text.customers} lead={text.customersLead}>
      <ul className="pick-list">
        {found.data.items.map((row) => (
          <li key={row.id} className="secret-row customer-row">
            <span>
              {nameOf(row)}
              <span className="faint small block">
                <UseOf row={row} />
              </span>
            </span>
            {isToBeAsked(row) ? (
              <Button label={text.askToActIn(nameOf(row))} onClick={() => setAsking(row)}>
                {text.askToAct}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {asking ? <AskDialog tenantId={tenantId} row={asking} onClose={() => setAsking(undefined)} /> : null}
    </Section>
  );
}

function UseOf({ row: { needsActivation, activation, isStopped } }: { row: OwnDelegation }) {
  if (isStopped) return text.stopped;
  if (!needsActivation) return text.noActivation;
  if (activation?.state === 'active' && activation.endsAt)
    return (
      <>
        {text.mayActUntil} <Time at={activation.endsAt} />
      </>
    );
  if (activation?.state === 'requested') return text.askedToAct(activation.hours);
  return activation?.state === 'refused' ? text.refusedToAct : text.eachUse;
}

const hours = ['1', '2', '4', '8'];
const check = checkBy({ reason: 'required' });

/** @param tenantId the home of who asks */
export function AskDialog({ tenantId, row, onClose }: { tenantId: string; row: OwnDelegation; onClose: () => void }) {
  const queryClient = useQueryClient();
  const draft = useDraft({ reason: '', hours: '2' }, check);
  return (
    <Dialog title={text.askToActIn(nameOf(row))} onClose={onClose}>
      <p className="faint">{text.askToActLead}</p>
      <Form
        draft={draft}
        check={check}
        labels={{ reason: text.askReason, hours: text.askHours }}
        submit={text.askToAct}
        onCancel={onClose}
        isGuarded={false}
        onSubmit={async () => {
          await askToAct(tenantId, row.id, { reason: draft.values.reason.trim(), hours: Number(draft.values.hours) });
          await queryClient.invalidateQueries({ queryKey: ownDelegations.queryKey });
        }}
        onDone={() => {
          toast({ text: text.askedCustomer(nameOf(row)) });
          onClose();
        }}
      >
        <AreaField draft={draft} name="reason" label={text.askReason} help={text.askReasonHelp} autoFocus />
        <PresetField
          draft={draft}
          name="hours"
          label={text.askHours}
          options={hours.map((value) => ({ value, label: value }))}
        />
      </Form>
    </Dialog>
  );
}
