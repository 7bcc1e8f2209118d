import type { SubscriptionTier } from '../../api/licences.ts';
import { licenceText as text } from '../../messages/en.licences.ts';

/** What a subscription allows of each product. */
export function Tiers({ tiers }: { tiers: SubscriptionTier[] }) {
  return (
    <ul className="plain-list">
      {tiers.map((each) => (
        <li key={each.product.code}>
          <strong>
            {each.product.name}, {each.tier.name}
          </strong>
          <br />
          <span className="small">
            {text.tier(each)} ({text.enforced(each)})
          </span>
        </li>
      ))}
    </ul>
  );
}
