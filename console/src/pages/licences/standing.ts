import type { Usage } from '../../api/licences.ts';
import { licenceText as text } from '../../messages/en.licences.ts';
import { localDay } from '../../messages/format.ts';

/** How limits stand, in words. */

type Limit = Usage['limits'][number];

/** `Users · Platform`, `Transactions this month · Platform · Main licence` */
export const nameOfLimit = ({ of, product, licence }: Limit) =>
  [text.of[of], product.name, licence?.name].filter(Boolean).join(' · ');

/** Whoever is refused by a limit of users goes on if they are there: it is full, no more. */
export const standingOf = ({ of, state }: Limit): string =>
  text.standings[of === 'users' && state === 'refusing' ? 'reached' : state] ?? state;

/** What happens at the limit, or happens already. */
export function atLimit({ of, enforcement, state, refusesFrom }: Limit): string {
  const { soft, hardUsers, hardTransactions, refusing, fullUsers } = text.atLimit;
  if (enforcement === 'soft') return soft;
  if (of === 'users') return state === 'refusing' ? fullUsers : hardUsers;
  if (state === 'refusing') return refusing;
  if (!refusesFrom) return hardTransactions;
  const isAfterMonth = refusesFrom.slice(0, 7) > new Date().toISOString().slice(0, 7);
  return isAfterMonth ? text.atLimit.graceOutlasts : text.atLimit.refusesFrom(localDay(refusesFrom));
}
