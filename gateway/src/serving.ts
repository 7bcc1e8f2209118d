import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { OwnCertificate } from './own-certificate.ts';
import type { Settings } from './settings.ts';

/** A server of HTTP with the bounds of this program: how many connections, how long each may stand, how much it may say. */

/** Longer than the longest time for which an upstream may think. */
const SOCKET_IDLE_MS = 660_000;

export interface Bounds {
  maxHeaderSize: number;
  /** 0: a body may take as long as it comes. */
  requestTimeout: number;
}

export function serverOf(
  { maxHeaderSize, requestTimeout }: Bounds,
  { maxConnections }: Settings,
  certificate: OwnCertificate | undefined,
): Server {
  const options = {
    maxHeaderSize,
    requestTimeout,
    insecureHTTPParser: false,
    headersTimeout: 10_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 2_000,
    handshakeTimeout: 10_000,
  };
  const server = certificate
    ? certificate.serves(createTlsServer({ ...options, ...certificate.pair }))
    : createServer(options);
  server.maxConnections = maxConnections;
  server.maxHeadersCount = 0; // too many are refused, never left out
  server.timeout = SOCKET_IDLE_MS;
  server.on('connect', (_request, socket) => endWith(socket, '405 Method Not Allowed'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // In the middle of an answer another one would be taken for a part of it.
    if (isAnswering(socket)) socket.destroy();
    else
      endWith(socket, error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request');
  });
  return server;
}

/** The last words on a connection that HTTP has let go: whoever keeps it open then is cut off. */
export function endWith(socket: Duplex, status: string, headers = 'cache-control: no-store\r\n', body = '') {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}${length}connection: close\r\n\r\n${body}`, () => socket.destroy());
}

/** Whether an answer has begun on it: Node keeps it there, and looks at it itself where nobody listens. */
const isAnswering = (socket: Duplex & { _httpMessage?: ServerResponse | null }): boolean =>
  socket._httpMessage?.headersSent === true;
