import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { type Carried, failure } from './carrying.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { IDLE_MS } from './upstreams.ts';

interface Offered {
  socket: Duplex;
  head: Buffer;
  /** Ends it, also in the middle. */
  cut: AbortController;
  switched: () => void;
}

/** A WebSocket: once the upstream took the offer, bytes both ways. */
export async function carrySocket(
  { request, asked, admitted, requestId, own, signed, upstreams }: Carried,
  { socket, head, cut, switched }: Offered,
): Promise<void> {
  const { route, upstreamUrl } = admitted;
  const way = upstreams.of(route);
  const options = {
    origin: way.origin,
    path: way.pathOf(upstreamUrl) + asked.query,
    method: 'GET',
    protocol: 'websocket',
    headers: requestHeaders(request, route, own, signed),
    headersTimeout: route.responseTimeoutMs,
    signal: cut.signal,
  };
  let upgraded: Dispatcher.UpgradeData;
  // Who hung up wants no answer.
  const hungUp = () => cut.abort();
  // Nobody reads it yet, so that its end is not told otherwise.
  const look = () => void (socket.readableLength === 0 && socket.read());
  const end = () => socket.destroy();
  socket.once('close', hungUp).once('end', end).on('readable', look);
  try {
    upgraded = await way.agent.upgrade(options);
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
  cut.signal.addEventListener('abort', over, { once: true });
  for (const each of [socket, upstream] as Socket[]) each.setTimeout(IDLE_MS, over);
  if (cut.signal.aborted || socket.destroyed) over();
  try {
    await Promise.all([pipeline(socket, upstream), pipeline(upstream, socket)]);
  } catch {
    // One of the two hung up: that is how most of them end.
  } finally {
    over();
  }
}
