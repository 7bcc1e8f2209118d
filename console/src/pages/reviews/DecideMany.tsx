import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { task as ofTask } from '../../api/accounts.ts';
import { type Campaign, decideMany } from '../../api/reviews.ts';
import { ReasonField, SendDialog } from '../../kit/SendDialog.tsx';
import { toast } from '../../kit/toasts.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { number } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import type { Decision } from './Items.tsx';
import { Loses } from './Loses.tsx';

/** So often, half a second apart, it is asked whether the task is done; then it goes on behind. */
const LOOKS = 20;
const UNUSED = [90, 180, 365];

const pause = () => new Promise((resolve) => setTimeout(resolve, 500));

/** Keeps or removes the ticked ones, or all that waits for who decides. */
export function DecideMany({
  campaign,
  ids,
  decision: first,
  onClose,
  onDone,
}: {
  campaign: Campaign;
  ids?: string[];
  decision: Decision;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const [decision, setDecision] = useState(first);
  const [unusedDays, setUnusedDays] = useState<number>();
  const which = ids ? { itemIds: ids } : unusedDays ? { unusedDays } : {};
  const these = ids ? text.memberships(ids.length) : '';
  const title = !ids ? text.allTitle : decision === 'keep' ? text.keepTitle(these) : text.removeTitle(these);
  const send = async () => {
    const { id } = await decideMany(tenantId, campaign.id, { decision, reason: reason.trim(), ...which });
    for (let look = 0; look < LOOKS; look++) {
      await pause();
      const { state, result } = await queryClient.fetchQuery({ ...ofTask(tenantId, id), staleTime: 0 });
      if (state === 'waiting' || state === 'running') continue;
      await onDone();
      return toast({ text: saidOf((result?.counts ?? {}) as Record<string, number>, ids?.length) });
    }
    await onDone();
    toast({ text: text.goesOn });
  };
  return (
    <SendDialog
      title={title}
      verb={text[decision]}
      kind={decision === 'keep' ? 'primary' : 'danger'}
      reason={reason.trim() ? null : text.needsReason}
      send={send}
      onClose={onClose}
    >
      {ids ? null : (
        <>
          <fieldset className="choices">
            <legend>{text.which}</legend>
            {[undefined, ...UNUSED].map((days) => (
              <label key={days ?? 'all'} className="check">
                <input type="radio" name="which" checked={unusedDays === days} onChange={() => setUnusedDays(days)} />
                <span>{days ? text.whichUnused(days) : text.whichAll(campaign.yours)}</span>
              </label>
            ))}
          </fieldset>
          <fieldset className="choices">
            <legend>{text.decisionLabel}</legend>
            {(['keep', 'remove'] as const).map((each) => (
              <label key={each} className="check">
                <input type="radio" name="decision" checked={decision === each} onChange={() => setDecision(each)} />
                <span>{text[each]}</span>
              </label>
            ))}
          </fieldset>
        </>
      )}
      {decision === 'remove' ? (
        <>
          <p>{text.removedAtOnce}</p>
          <Loses campaignId={campaign.id} which={which} />
        </>
      ) : null}
      <ReasonField label={text.reason} hint={text.reasonHint} value={reason} onChange={setReason} />
    </SendDialog>
  );
}

/** @param ticked so many were to be decided; what is others' to decide, about oneself or done stays as it was */
function saidOf(counts: Record<string, number>, ticked = 0): string {
  const said = Object.entries(counts).flatMap(([state, n]) =>
    n > 0 ? [`${number(n)} ${(text.itemStates[state] ?? state).toLowerCase()}`] : [],
  );
  if (said.length === 0) return text.nothingDone;
  const left = ticked - Object.values(counts).reduce((sum, n) => sum + n, 0);
  return [text.manySaid(said.join(', ')), ...(left > 0 ? [text.leftAsItWas(left)] : [])].join(' ');
}
