import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import type { Admitted } from './admission.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { Refusal } from './refusal.ts';
import { IDLE_MS } from './upstreams.ts';

/** A request on its way to the upstream and back; nothing of it is held longer than it takes to pass on. */

interface Carried {
  request: IncomingMessage;
  admitted: Admitted;
  query: string;
  requestId: string;
  own: Record<string, string>;
  signed: Record<string, string>;
  dispatcher: Dispatcher;
  cut: Cut;
}

/** Ends what is carried in the middle. A tenth of what an AbortController costs, and undici takes either. */
export class Cut extends EventEmitter {
  isNoLongerAllowed = false;

  /** The rules do not let it in any more, or its time is over. */
  now = () => {
    this.isNoLongerAllowed = true;
    this.emit('abort');
  };
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** The connection was over before a byte of an answer came. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);
const LATE = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** @throws {Refusal} while nothing was answered; else the answer is cut off */
export async function carry({
  request,
  admitted,
  query,
  requestId,
  own,
  signed,
  dispatcher,
  cut,
  ...rest
}: Carried & {
  reply: ServerResponse;
  maxBodyBytes: number;
}): Promise<void> {
  const { reply, maxBodyBytes } = rest;
  const { route, upstreamUrl } = admitted;
  const { origin, pathname } = new URL(upstreamUrl);
  const method = request.method as string;
  const length = Number(request.headers['content-length'] ?? 0);
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const hasBody = isChunked || length > 0;
  if (length > maxBodyBytes) throw tooLong(maxBodyBytes);
  if (request.headers.expect) reply.writeContinue();
  const body = !hasBody ? null : isChunked ? request.pipe(limited(maxBodyBytes)) : request;
  if (body && body !== request) request.on('error', (error) => body.destroy(error));
  // Who hung up wants no answer.
  const hungUp = () => {
    if (!reply.writableFinished) cut.emit('abort');
  };
  reply.once('close', hungUp);
  const options = {
    origin,
    path: pathname + query,
    method,
    headers: requestHeaders(request, route, own, signed),
    body,
    headersTimeout: route.responseTimeoutMs,
    bodyTimeout: IDLE_MS,
    signal: cut,
  };
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await dispatcher.stream(options, ({ statusCode, headers }) => {
          reply.writeHead(statusCode, responseHeaders(headers, route.responseHeaders, requestId));
          return reply;
        });
        return;
      } catch (error) {
        const { code = '' } = error as { code?: string };
        if (error instanceof Refusal || reply.headersSent || reply.destroyed) throw error;
        if (cut.isNoLongerAllowed)
          throw new Refusal(403, 'not-let-in', 'The rules of this gateway do not let you in here.');
        if (attempt === 1 && LOST.has(code) && !hasBody && IDEMPOTENT.has(method)) continue;
        throw failure(code);
      }
    }
  } finally {
    reply.off('close', hungUp);
  }
}

/** A WebSocket: once the upstream took the offer, bytes both ways. */
export async function carrySocket({
  request,
  socket,
  head,
  admitted,
  query,
  requestId,
  own,
  signed,
  dispatcher,
  cut,
  switched,
}: Carried & { socket: Duplex; head: Buffer; switched: () => void }): Promise<void> {
  const { route, upstreamUrl } = admitted;
  const { origin, pathname } = new URL(upstreamUrl);
  const options = {
    origin,
    path: pathname + query,
    method: 'GET',
    protocol: 'websocket',
    headers: requestHeaders(request, route, own, signed),
    headersTimeout: route.responseTimeoutMs,
    signal: cut,
  };
  let upgraded: Dispatcher.UpgradeData;
  // Who hung up wants no answer.
  const hungUp = () => cut.emit('abort');
  // Nobody reads it yet, so that its end is not told otherwise.
  const look = () => void (socket.readableLength === 0 && socket.read());
  const end = () => socket.destroy();
  socket.once('close', hungUp).once('end', end).on('readable', look);
  try {
    upgraded = await dispatcher.upgrade(options);
  } catch (error) {
    throw failure((error as { code?: string }).code ?? '');
  } finally {
    socket.off('close', hungUp).off('end', end).off('readable', look);
  }
  const { socket: upstream, headers } = upgraded;
  const lines = Object.entries(responseHeaders(headers, route.responseHeaders, requestId)).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`,
  );
  switched();
  if (head.length > 0) upstream.write(head);
  const over = () => {
    socket.destroy();
    upstream.destroy();
  };
  cut.once('abort', over);
  for (const each of [socket, upstream] as Socket[]) each.setTimeout(IDLE_MS, over);
  if (cut.isNoLongerAllowed || socket.destroyed) over();
  try {
    await Promise.all([pipeline(socket, upstream), pipeline(upstream, socket)]);
  } catch {
    // One of the two hung up: that is how most of them end.
  } finally {
    cut.off('abort', over);
    over();
  }
}

function failure(code: string): Refusal {
  if (LATE.has(code)) return new Refusal(504, 'upstream-late', 'The upstream did not answer in time.');
  return new Refusal(502, 'upstream-failed', 'The upstream cannot be reached, or did not answer as HTTP.');
}

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
