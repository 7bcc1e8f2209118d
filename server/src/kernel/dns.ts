import { Resolver } from 'node:dns/promises';
import type { Config } from './config.ts';
import { unavailable } from './problem.ts';

/** The only place that asks name servers: those of `BAILIWICK_DNS_SERVERS`, else the system's. */

const ANSWER_MS = 5_000;
/** Tenants decide what is looked up; so many at once are enough, and no more are held open. */
const AT_ONCE = 50;
/** Of a name with more records only the first are looked at. */
const MAX_RECORDS = 100;

let underWay = 0;

/**
 * The TXT records of a name, each put together from its parts (RFC 7208 section 3.3).
 *
 * @returns an empty list when there are none or no such name; undefined when nobody answered in 5 seconds, or with a
 *   failure
 * @throws {Problem} 503 when very many are looked up at the moment
 */
export async function textRecords(
  { dnsServers }: Pick<Config, 'dnsServers'>,
  name: string,
): Promise<string[] | undefined> {
  if (underWay >= AT_ONCE) throw unavailable('Very many domains are being checked at the moment. Try again.');
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  const late = setTimeout(() => resolver.cancel(), ANSWER_MS);
  underWay++;
  try {
    const records = await resolver.resolveTxt(name);
    return records.slice(0, MAX_RECORDS).map((parts) => parts.join(''));
  } catch (error) {
    const { code } = error as { code?: string };
    return code === 'ENOTFOUND' || code === 'ENODATA' ? [] : undefined;
  } finally {
    underWay--;
    clearTimeout(late);
  }
}
