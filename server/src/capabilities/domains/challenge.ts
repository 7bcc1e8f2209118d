import { textRecords } from '../../kernel/dns.ts';
import type { Platform } from '../../kernel/regions.ts';
import type { Outcome } from './store.ts';

interface Challenge {
  name: string;
  challenge: string;
}

const PREFIX = 'bailiwick-verification=';

/** The record that proves a domain. Several tenants enter theirs beside one another, below the same name. */
export const recordOf = ({ name, challenge }: Challenge) => ({
  type: 'TXT' as const,
  name: `_bailiwick-challenge.${name}`,
  value: `${PREFIX}${challenge}`,
});

/** Asks the name servers for the record. */
export async function look({ config }: Platform, domain: Challenge): Promise<Outcome> {
  const { name, value } = recordOf(domain);
  const values = await textRecords(config, name);
  if (!values) return 'unanswered';
  if (values.some((each) => each.trim() === value)) return 'found';
  // Also one in quotes, or without what it begins with: it is theirs to mend, not to wait for.
  const isOurs = (each: string) => each.includes(PREFIX) || each.includes(domain.challenge);
  return values.some(isOurs) ? 'other-value' : 'absent';
}
