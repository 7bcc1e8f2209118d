import { useState } from 'react';
import { type Campaign, decideItem, type ReviewItem } from '../../api/reviews.ts';
import { ReasonField, SendDialog } from '../../kit/SendDialog.tsx';
import { toast } from '../../kit/toasts.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { useTenantId } from '../../shell/where.ts';
import { useRightNames } from '../access/right-names.ts';
import { inWords } from '../access/rights.ts';
import { type Decision, nameOf } from './Items.tsx';
import { Loses } from './Loses.tsx';

/** Keeps or removes one, with the reason; before a removal it shows who would lose what. */
export function DecideDialog({
  campaign,
  item,
  decision,
  onClose,
  onDone,
}: {
  campaign: Campaign;
  item: ReviewItem;
  decision: Decision;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const tenantId = useTenantId();
  const [reason, setReason] = useState('');
  const what = nameOf(item);
  const nameOfRight = useRightNames();
  return (
    <SendDialog
      title={decision === 'keep' ? text.keepTitle(what) : text.removeTitle(what)}
      verb={text[decision]}
      kind={decision === 'keep' ? 'primary' : 'danger'}
      reason={reason.trim() ? null : text.needsReason}
      onClose={onClose}
      send={async () => {
        const decided = await decideItem(tenantId, campaign.id, item.id, { decision, reason: reason.trim() });
        await onDone();
        toast({
          text:
            decided.state === 'waiting'
              ? text.waitsSaid(decided.note ?? '')
              : decided.state === 'kept'
                ? text.keptSaid(what)
                : text.removedSaid(what),
        });
      }}
    >
      {item.changed.map((each) => (
        <p key={each} className="note note-warn">
          {inWords(each, nameOfRight)}
        </p>
      ))}
      {decision === 'remove' ? (
        <>
          <p>{item.kind === 'partner' ? text.endedAtOnce : (item.managed ?? text.removedAtOnce)}</p>
          <Loses campaignId={campaign.id} which={{ itemIds: [item.id] }} />
        </>
      ) : null}
      <ReasonField label={text.reason} hint={text.reasonHint} value={reason} onChange={setReason} />
    </SendDialog>
  );
}
