import { STATUS_CODES } from 'node:http';
import type { Decision } from '../../server/src/capabilities/gateways/deciding.ts';

/** What is kept between would be given to somebody else, or for longer than it holds. */
export const unkept = { 'cache-control': 'no-store' };

/** A request that is not carried, and why, in words for who sent it (RFC 9457). */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  /** Where the rules decided so. */
  decision: Pick<Decision, 'route' | 'rule'> | undefined;

  constructor(status: number, code: string, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = { ...headers, ...unkept };
  }

  toBody(requestId: string): string {
    return JSON.stringify({
      type: `urn:bailiwick:problem:${this.code}`,
      title: STATUS_CODES[this.status],
      status: this.status,
      detail: this.message,
      requestId,
    });
  }
}

export const unavailable = (code: string, detail: string) => new Refusal(503, code, detail, { 'retry-after': '5' });

/** Those who run the gateway read why in the console; whoever sends a request learns nothing of their licence. */
export const unlicensed = () =>
  new Refusal(
    503,
    'licence',
    'The licence of this gateway lets in no request at the moment. Those who run it are told why.',
    { 'retry-after': '60' },
  );
