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

const statusOf: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

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
    else if (error.code === 'HPE_PAUSED_H2_UPGRADE') endOn(socket, GO_AWAY);
    else endWith(socket, statusOf[error.code ?? ''] ?? '400 Bad Request');
  });
  return server;
}

/** The last words on a connection that HTTP has let go: whoever keeps it open then is cut off. */
export function endWith(socket: Duplex, status: string, headers = 'cache-control: no-store\r\n', body = '') {
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  endOn(socket, `HTTP/1.1 ${status}\r\n${headers}${length}connection: close\r\n\r\n${body}`);
}

function endOn(socket: Duplex, words: string | Buffer) {
  socket.on('error', () => socket.destroy());
  if (socket.writable) socket.end(words, () => socket.destroy());
  else socket.destroy();
}

/** Whether an answer has begun on it: Node keeps it there, and looks at it itself where nobody listens. */
const isAnswering = (socket: Duplex & { _httpMessage?: ServerResponse | null }): boolean =>
  socket._httpMessage?.headersSent === true;

/** What somebody who speaks HTTP/2 unasked can read (RFC 9113 sections 3.4 and 6.8): settings, then the reason. */
const GO_AWAY = Buffer.concat([
  frame(4, Buffer.alloc(0)),
  // After no stream at all; HTTP_1_1_REQUIRED.
  frame(7, Buffer.from('\0\0\0\0\0\0\0\x0dHTTP/1.1 is spoken here: gRPC and HTTP/2 are not carried.')),
]);

/** A frame of HTTP/2 that is about the connection. */
function frame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  return Buffer.concat([head, payload]);
}
