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
  readonly #at = new Date();
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
    const [path = ''] = url.split(/[?#]/, 1);
    journal.add({
      at: this.#at.toISOString(),
      method,
      path: path.slice(0, MOST_PATH).replace(/[^!-~]/g, '_'),
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
