import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Readable, Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Admitted, Asked } from './admission.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import type { Carriage } from './open.ts';
import { Refusal } from './refusal.ts';
import { IDLE_MS, type Upstreams } from './upstreams.ts';

/** A request on its way to the upstream and back; nothing of it is held longer than it takes to pass on. */

export interface Carried {
  request: IncomingMessage;
  asked: Asked;
  admitted: Admitted;
  requestId: string;
  /** The gateway's own headers, as `[name, value, ...]`. */
  own: string[];
  signed: Record<string, string>;
  upstreams: Pick<Upstreams, 'of'>;
}

/** The answer was cut off in the middle, by who asked, by the upstream or by the rules: there is nobody to tell. */
export class CutOff extends Error {}

/** RFC 9110 section 9.2.1. TRACE is not carried. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** The connection was over before a byte of an answer came. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);
/** What undici says of an answer that it does not take: another one would be no better. */
const UNHEARD = new Set(['bad response', 'bad upgrade']);
const LATE = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT']);

/** No body comes with these, and undici takes the length of one for a promise (RFC 9110 section 8.6). */
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** It is told by undici what the upstream answers, and tells who asked. */
export class Carrying implements Carriage, Dispatcher.DispatchHandler {
  readonly asked: Asked;
  /** @throws {Refusal} while nothing was answered; {CutOff} */
  readonly done: Promise<void>;
  readonly #carried: Carried;
  readonly #reply: ServerResponse;
  /** undici takes it away from a request whose body it has sent. */
  readonly #socket: Socket;
  readonly #options: Dispatcher.DispatchOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #resolve: () => void = () => undefined;
  #reject: (why: Refusal | CutOff) => void = () => undefined;
  /** Why it is to end, where it is the gateway that ends it. */
  #end: Refusal | CutOff | undefined;
  #isSecond = false;
  #hasBegun = false;
  /** When the upstream was last heard of, or is not to blame, as far as `look` saw. */
  #movedAt = performance.now();
  /** Since the last look. */
  #hasMoved = false;
  #bytesRead = 0;
  /** What is read from then on is of the next request. */
  #isWhole = false;

  constructor(carried: Carried, reply: ServerResponse, maxBodyBytes: number) {
    const { request, asked, admitted, own, signed, upstreams } = carried;
    const way = upstreams.of(admitted.route);
    this.asked = asked;
    this.#carried = carried;
    this.#reply = reply;
    this.#socket = request.socket;
    this.#options = {
      origin: way.origin,
      path: way.pathOf(admitted.upstreamUrl) + asked.query,
      method: request.method as string,
      headers: requestHeaders(request, admitted.route, own, signed),
      body: bodyOf(request, maxBodyBytes),
      // `look` does it for all at once: two timers for each request are dear.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (request.headers.expect) reply.writeContinue();
    reply.on('close', () => {
      if (reply.writableFinished) this.#resolve();
      else {
        const why = new CutOff('Who asked hung up, or the answer was cut off.');
        this.#endWith(why);
        this.#reject(why);
      }
    });
    way.agent.dispatch(this.#options, this);
  }

  cut() {
    this.#endWith(new Refusal(403, 'not-let-in', 'The rules of this gateway do not let you in here.'));
  }

  /** @param now monotonic, in ms */
  look(now: number) {
    const { request, admitted } = this.#carried;
    if (!this.#isWhole) {
      // Who asks is still sending, as far as the upstream takes it.
      const { bytesRead } = this.#socket;
      const isSending = !request.complete && !request.isPaused();
      if (isSending || bytesRead !== this.#bytesRead) this.#movedAt = now;
      this.#bytesRead = bytesRead;
      this.#isWhole = request.complete;
    }
    if (this.#hasMoved || this.#controller?.paused) this.#movedAt = now;
    this.#hasMoved = false;
    if (now - this.#movedAt > (this.#hasBegun ? IDLE_MS : admitted.route.responseTimeoutMs)) this.#endWith(late());
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
    if (this.#end) controller.abort(this.#end);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Parameters<typeof responseHeaders>[0]) {
    if (status < 200) return;
    const { request, admitted, requestId } = this.#carried;
    this.#hasBegun = true;
    this.#hasMoved = true;
    const sent = responseHeaders(headers, admitted.route.responseHeaders, requestId);
    // Of a body that nobody takes to its end, the rest would stand before the next request.
    if (!request.complete) sent.connection = 'close';
    if (status === NO_CONTENT) delete sent['content-length'];
    this.#reply.writeHead(status, sent);
    if (status === NO_CONTENT || status === NOT_MODIFIED) this.#reply.end();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer) {
    this.#hasMoved = true;
    if (this.#reply.write(chunk)) return;
    controller.pause();
    this.#reply.once('drain', () => controller.resume());
  }

  onResponseEnd() {
    this.#reply.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error) {
    // It is whole, whatever length was told of a body that is left out.
    if (this.#reply.writableEnded) return;
    const { code = '' } = error as { code?: string };
    const { method, body } = this.#options;
    if (this.#end || this.#reply.headersSent) this.#reject(this.#end ?? new CutOff(error.message));
    else if (error instanceof Refusal) this.#reject(error);
    else if (LOST.has(code) && !UNHEARD.has(error.message) && !this.#isSecond && !body && SAFE.has(method)) {
      this.#isSecond = true;
      const { upstreams, admitted } = this.#carried;
      setImmediate(() => upstreams.of(admitted.route).agent.dispatch(this.#options, this));
    } else this.#reject(failure(code));
  }

  #endWith(why: Refusal | CutOff) {
    this.#end ??= why;
    this.#controller?.abort(this.#end);
    if (this.#reply.headersSent) this.#reply.destroy();
  }
}

function bodyOf(request: IncomingMessage, maxBodyBytes: number): Readable | null {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (Number(length ?? 0) > maxBodyBytes) throw tooLong(maxBodyBytes);
  if (coding === undefined) return Number(length ?? 0) > 0 ? request : null;
  const body = request.pipe(limited(maxBodyBytes));
  request.on('error', (error) => body.destroy(error));
  return body;
}

const late = () => new Refusal(504, 'upstream-late', 'The upstream did not answer in time.');

export const failure = (code: string) =>
  LATE.has(code)
    ? late()
    : new Refusal(502, 'upstream-failed', 'The upstream cannot be reached, or did not answer as HTTP.');

const tooLong = (most: number) =>
  new Refusal(413, 'too-long', `A body of a request has at most ${most / 1_000_000} MB here.`);

/** For a body that does not say how long it is. */
function limited(most: number): Transform {
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > most) done(tooLong(most));
      else done(null, chunk);
    },
  });
}
