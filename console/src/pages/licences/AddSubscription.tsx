import { useQuery } from '@tanstack/react-query';
import { createSubscription, type Offers, offers, type Subscription } from '../../api/licences.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { Gate } from './Gate.tsx';

interface PanelProps {
  at: { tenantId: string; licenceId: string };
  onClose: () => void;
  onAdded: (subscription: Subscription) => void;
}

/** Tiers of what the operator offers, one of each product. */
export function AddSubscription({ at, onClose, onAdded }: PanelProps) {
  const found = useQuery(offers(at.tenantId));
  return (
    <Dialog title={text.addSubscription} kind="panel" onClose={onClose}>
      <p className="faint">{text.addLead}</p>
      {found.data ? (
        <AddForm offered={found.data} at={at} onClose={onClose} onAdded={onAdded} />
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.addSubscription} />
      ) : (
        <Skeleton lines={4} />
      )}
    </Dialog>
  );
}

function AddForm({ offered, at, onClose, onAdded }: PanelProps & { offered: Offers }) {
  const { items, needsBillingProfile } = offered;
  const draft = useDraft<string>({
    autoRenew: 'yes',
    ...Object.fromEntries(items.map(({ code }) => [`product:${code}`, ''])),
  });
  const { key } = useCreation(draft.values);
  const chosen = items.flatMap(({ code, tiers }) => {
    const tier = tiers.find((each) => each.code === draft.values[`product:${code}`]);
    return tier ? [{ product: code, tier }] : [];
  });
  const frequencies = new Set(chosen.map(({ tier }) => tier.renewalFrequency));
  const reason = needsBillingProfile
    ? text.gateTitle
    : chosen.length === 0
      ? text.chooseTier
      : frequencies.size > 1
        ? text.oneFrequency
        : null;
  return (
    <Form
      draft={draft}
      labels={{}}
      submit={text.addVerb}
      reason={reason}
      onCancel={onClose}
      onSubmit={async () =>
        onAdded(
          await createSubscription(
            at,
            {
              tiers: chosen.map(({ product, tier }) => ({ product, tier: tier.code })),
              autoRenew: draft.values.autoRenew === 'yes',
            },
            key,
          ),
        )
      }
    >
      {needsBillingProfile ? <Gate /> : null}
      {items.length === 0 ? <Note>{text.nothingOffered}</Note> : null}
      {items.map((product) => (
        <Product
          key={product.code}
          product={product}
          value={draft.values[`product:${product.code}`] ?? ''}
          onChoose={(tier) => draft.set(`product:${product.code}`, tier)}
        />
      ))}
      {frequencies.size > 1 ? <Note tone="warn">{text.oneFrequency}</Note> : null}
      <label className="check">
        <input
          type="checkbox"
          checked={draft.values.autoRenew === 'yes'}
          onChange={({ currentTarget }) => draft.set('autoRenew', currentTarget.checked ? 'yes' : 'no')}
        />
        <span>
          {text.autoRenew}
          <span className="faint small block">{text.autoRenewHelp}</span>
        </span>
      </label>
    </Form>
  );
}

function Product({
  product: { code, name, description, tiers },
  value,
  onChoose,
}: {
  product: Offers['items'][number];
  value: string;
  onChoose: (tier: string) => void;
}) {
  const radio = (tier: string) => ({
    type: 'radio',
    name: `product:${code}`,
    checked: value === tier,
    onChange: () => onChoose(tier),
  });
  return (
    <fieldset className="choices">
      <legend>{name}</legend>
      {description ? <p className="faint small">{description}</p> : null}
      <label className="check">
        <input {...radio('')} />
        <span>{text.noTier}</span>
      </label>
      {tiers.map((tier) => (
        <label key={tier.code} className="check">
          <input {...radio(tier.code)} />
          <span>
            {tier.name}
            <span className="faint small block">
              {text.tier(tier)} ({text.enforced(tier)}). {text.frequencies[tier.renewalFrequency]}.
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
