import type { Socket } from 'node:net';
import type { Decision } from '../../server/src/capabilities/gateways/deciding.ts';
import type { Journal } from './journal.ts';

/** What is seen of one request while it is answered, and becomes its line in the journal. */

const MOST_PATH = 2048;
/** Who asked hung up before there was an answer. */
export const HUNG_UP = 499;
/** The same, before it was decided whether the request is let in. */
const UNDECIDED = 'hung-up';
/** Upstreams may answer with numbers that HTTP does not know. */
const MOST_STATUS = 599;
/** What the region takes, 24 days: sockets stay open for longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Of a connection, what earlier requests on it came to. */
const before = new WeakMap<Socket, { in: number; out: number }>();

/** The second that was asked for last: to write one anew takes longer than all else of a line. */
let second = { at: Number.NaN, text: '' };

/** RFC 3339, in UTC. @param at milliseconds since 1970 */
export function timeOf(at: number): string {
  const of = Math.floor(at / 1000);
  if (of !== second.at) second = { at: of, text: new Date(of * 1000).toISOString().slice(0, -4) };
  return `${second.text}${String(at - of * 1000).padStart(3, '0')}Z`;
}

/** A request, or what a proxy asks about. */
interface Sent {
  method?: string | undefined;
  url?: string | undefined;
  socket: Socket;
}

export class Seen {
  subject: string | undefined;
  decision: Pick<Decision, 'route' | 'rule'> | undefined;
  /** Whether the request was let in, whatever came of it then. */
  isLetIn = false;
  /** Why the gateway answered itself. */
  reason: string | null = null;
  readonly #request: Sent;
  /** A request that is over has none any more. */
  readonly #socket: Socket;
  readonly #at = Date.now();
  readonly #startedAt = performance.now();

  constructor(request: Sent) {
    this.#request = request;
    this.#socket = request.socket;
  }

  end(journal: Journal, status: number) {
    const { method = '', url = '' } = this.#request;
    const socket = this.#socket;
    const { bytesRead, bytesWritten } = socket;
    let counted = before.get(socket);
    if (!counted) {
      counted = { in: 0, out: 0 };
      before.set(socket, counted);
    }
    const { in: inBefore, out: outBefore } = counted;
    counted.in = bytesRead;
    counted.out = bytesWritten;
    const { route, rule } = this.decision ?? {};
    const end = url.search(/[?#]/);
    const path = url.slice(0, end < 0 ? MOST_PATH : Math.min(MOST_PATH, end));
    journal.add({
      at: timeOf(this.#at),
      method,
      path: path.replace(/[^!-~]/g, '_'),
      status: Math.min(MOST_STATUS, status),
      reason: this.reason ?? (this.isLetIn ? null : UNDECIDED),
      routeId: route?.id ?? null,
      ruleId: rule?.id ?? null,
      serviceId: route?.serviceId ?? null,
      subject: this.subject ?? null,
      durationMs: Math.min(LONGEST_MS, Math.round(performance.now() - this.#startedAt)),
      bytesIn: Math.max(0, bytesRead - inBefore),
      bytesOut: Math.max(0, bytesWritten - outBefore),
    });
  }
}
