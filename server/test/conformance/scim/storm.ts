import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { expect } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, scimJson, unlimited, urn } from './scim.ts';

/**
 * Many requests made of the grammar and broken, some at once: in the suite a fraction, with FULL=1 100,000 in all. What
 * `fuzz.test.ts` looks at closely, one after the other, is asked here for one thing: an answer that is never a 5xx.
 */

const WIDE = 16;

export interface Shot {
  method: string;
  /** Below the tenant's SCIM, encoded. */
  path: string;
  body?: unknown;
}

interface Answered {
  status: number;
  type: string;
  text: string;
}

/** So many in the suite, or in full. */
export const many = (suite: number, full: number) => (process.env.FULL ? full : suite);

export async function aStorm() {
  const platform = await aPlatform({ regions: ['au'], env: unlimited });
  const scim = await aScim(platform);
  const agent = new Agent({ keepAlive: true, maxSockets: WIDE });
  const send = ({ method, path, body }: Shot) =>
    new Promise<Answered>((resolve, reject) => {
      const asked = request(
        `${platform.url}${scim.base}${path}`,
        {
          method,
          agent,
          headers: {
            authorization: `Bearer ${scim.token.value}`,
            ...(body === undefined ? {} : { 'content-type': scimJson }),
          },
        },
        (reply) => {
          const chunks: Buffer[] = [];
          reply.on('data', (chunk: Buffer) => chunks.push(chunk));
          reply.on('end', () =>
            resolve({
              status: reply.statusCode ?? 0,
              type: reply.headers['content-type'] ?? '',
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      asked.on('error', reject);
      asked.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });

  /**
   * Sends so many shots, and expects of each an answer below 500 that says what it is: JSON of SCIM, an error in the
   * form of RFC 7644 section 3.12.
   *
   * @returns how many there were of each status
   */
  async function storm(shots: fc.Arbitrary<Shot>, count: number) {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const counts: Record<number, number> = {};
    for (let done = 0; done < count; ) {
      const some = fc.sample(shots, { numRuns: Math.min(WIDE * 20, count - done), seed: seed + done });
      const waiting = some.values();
      const worker = async () => {
        for (const shot of waiting) {
          const answer = await send(shot);
          counts[answer.status] = (counts[answer.status] ?? 0) + 1;
          const about = `${JSON.stringify(shot)} -> ${answer.status} ${answer.text}`.slice(0, 3000);
          expect(answer.status, about).toBeLessThan(500);
          if (answer.status === 204) continue;
          expect(answer.type, about).toContain(scimJson);
          const read = JSON.parse(answer.text);
          if (answer.status >= 400)
            expect([read.schemas, read.status], about).toEqual([[urn.error], String(answer.status)]);
        }
      };
      await Promise.all(Array.from({ length: WIDE }, worker));
      done += some.length;
    }
    return counts;
  }

  return { platform, scim, storm, stop: () => agent.destroy() };
}
