import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { ConfigProblem } from './config.ts';
import { requireJson, unsupported } from './content-type.ts';
import { newId } from './ids.ts';
import { tooLarge } from './long-body.ts';
import { allowances, isImplemented, notAllowed, notImplemented } from './other-methods.ts';
import { Problem, problemOf, unauthenticated } from './problem.ts';
import type { Platform } from './regions.ts';
import { internal, plainRendering, type Rendering } from './serve.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

/** What every reply carries (P30). Written out: they never depend on the request. */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Mantine sets sizes and positions of its parts by style attributes; no style element or sheet is let in by it.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-permitted-cross-domain-policies': 'none',
};

/** What is answered to machines is never a page, and is kept by nobody. */
const securityHeadersOfData = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'strict-transport-security': securityHeaders['strict-transport-security'],
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** The HTTP server with every limit set; routes are added by `serve`. */
export function makeHttp(platform: Platform, protocols: Rendering[] = []): FastifyInstance {
  const renderingOf = (url: string) => protocols.find(({ prefix }) => url.startsWith(prefix)) ?? plainRendering;
  const noAddressOf = (url: string) => renderingOf(url).noAddress?.(url) ?? noRoute;
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 300 },
    trustProxy: platform.config.trustProxy.length ? platform.config.trustProxy : false,
    requestIdHeader: false,
    genReqId: newId, // of its time, so that the audit's rows of a request lie together
    logController: new LogController({ disableRequestLogging: true }),
    loggerInstance: platform.log as FastifyBaseLogger,
    childLoggerFactory: (logger) => logger, // lines name the request id themselves; a logger a request costs more than it tells
    serverFactory: (handler) => createServer(limits, handler),
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    // Comes before every hook, so it sets what they would.
    frameworkErrors: (error, request, reply) =>
      renderingOf(request.url).problem(
        error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? noAddressOf(request.url) : badAddress,
        request.id,
        reply.headers({ ...securityHeaders, 'x-request-id': request.id, 'cache-control': 'no-store' }),
      ),
  });
  // AuthZEN 10.1.10: it comes back as it came, however long. Node would write what is no ASCII otherwise.
  const requestIdFor = ({ id, url, headers: { 'x-request-id': theirs } }: FastifyRequest) =>
    typeof theirs === 'string' && /^[\t -~]+$/.test(theirs) && renderingOf(url).echoesRequestId ? theirs : id;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/scim+json'],
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      requireJson(request);
      return body;
    },
  );
  // SAML 2.0 bindings, section 3.5: providers send browsers back with a form.
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (request, body, done) => {
    if (request.url.startsWith('/v1/sign-in/saml/')) done(null, Object.fromEntries(new URLSearchParams(String(body))));
    else done(unsupported, undefined);
  });

  const allowanceOf = allowances(app);
  app.addHook('onRequest', (request, reply, done) => {
    const isData = /^\/(v1|scim|authzen)\//.test(request.url);
    reply.headers(isData ? securityHeadersOfData : securityHeaders).header('x-request-id', requestIdFor(request));
    const isNameless = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    done(isNameless ? noHost : isImplemented(request.method) ? undefined : notImplemented);
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error) ?? frameworkProblem(error, request.routeOptions.bodyLimit ?? MAX_BODY_BYTES);
    if (!problem) request.log.error({ err: error, requestId: request.id }, 'a request failed');
    return renderingOf(request.url).problem(problem ?? internal, request.id, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const isBelowTenants = /^\/(v1\/tenants|scim|authzen)\//.test(request.url);
    const isAnonymous =
      !request.headers.authorization && !request.headers.cookie && !request.headers['signature-input'];
    const { method, url, id } = request;
    if (isBelowTenants && isAnonymous)
      return renderingOf(url).problem(unauthenticated('This needs a credential.'), id, reply);
    const [address = ''] = url.split('?', 1);
    const allow = allowanceOf(method, address);
    if (allow && method === 'OPTIONS') return reply.code(204).headers({ allow }).send();
    return renderingOf(url).problem(allow ? notAllowed(allow) : noAddressOf(url), id, reply);
  });
  return app;
}

const noHost = new Problem(400, 'invalid-request', 'HTTP/1.1 needs a Host header (RFC 9110 section 7.2).', {
  headers: { connection: 'close' },
});
const badAddress = new Problem(
  400,
  'invalid-request',
  'The address is not one that can be read: an escape in it is broken.',
);
const noRoute = new Problem(404, 'not-found', 'There is no such address. GET /v1/openapi.json lists what there is.');

function frameworkProblem(error: unknown, maxBytes: number): Problem | undefined {
  const code = (error as { code?: string }).code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(maxBytes);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupported;
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return new Problem(400, 'invalid-request', 'Content-Length does not fit the body.');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return new Problem(400, 'invalid-request', 'body: must not be empty');
  const status = (error as { statusCode?: number }).statusCode;
  if (status && status >= 400 && status < 500)
    return new Problem(status, 'invalid-request', 'The request could not be read.');
  return undefined;
}

const limits = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  requireHostHeader: false, // ours says it as a problem
  insecureHTTPParser: false,
};

interface Unread extends Error {
  code?: string;
  rawPacket?: Buffer;
}

/** RFC 9110 section 9.1: a method is a token. */
const named = /^[\w!#$%&'*+.^`|~-]+ /;

function unreadable({ code, rawPacket }: Unread): Problem {
  if (code === 'HPE_INVALID_METHOD' && named.test(rawPacket?.toString('latin1', 0, 100) ?? '')) return notImplemented;
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem(431, 'headers-too-large', `The header lines have at most ${MAX_HEADER_BYTES} bytes together.`);
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  return new Problem(status, 'invalid-request', 'This is not a request that HTTP/1.1 allows, or it came too slowly.');
}

/** Answers what Node refuses before a request exists, in the same form. */
function onClientError(error: Unread, socket: Socket) {
  if (!socket.writable || error.code === 'ECONNRESET') return socket.destroy();
  const problem = unreadable(error);
  const body = JSON.stringify(problem.toBody(newId()));
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  return undefined;
}

/** Listens on every address; `port` 0 takes a free one, the same for all. @returns the port and the servers */
export async function listen(
  app: FastifyInstance,
  hosts: string[],
  port: number,
): Promise<{ port: number; servers: Server[] }> {
  await app.ready();
  const servers: Server[] = [];
  let taken = port;
  for (const host of hosts) {
    const server = createServer(limits, (request: IncomingMessage, response: ServerResponse) =>
      app.routing(request, response),
    );
    server.maxHeadersCount = 0; // bounded by their bytes; a count would drop lines unsaid
    server.maxConnections = 5_000;
    server.setTimeout(60_000);
    server.on('clientError', onClientError);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port: taken, ipv6Only: host === '::1' }, resolve);
      });
    } catch (error) {
      // A machine without IPv6 serves on IPv4 alone.
      if (
        host === '::1' &&
        servers.length &&
        ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as { code?: string }).code ?? '')
      )
        continue;
      for (const each of servers) each.close();
      throw cannotListen(error as NodeJS.ErrnoException, host, taken);
    }
    const address = server.address();
    if (address && typeof address === 'object') taken = address.port;
    servers.push(server);
  }
  return { port: taken, servers };
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigProblem(
        `Port ${port} is taken by another program. Stop it, or set BAILIWICK_PORT to a free one.`,
      );
    case 'EACCES':
      return new ConfigProblem(
        `Port ${port} is not open to this user. Set BAILIWICK_PORT to 1024 or more, with a proxy in front.`,
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigProblem(
        `BAILIWICK_HOST is "${host}", which is no address of this machine. Set one that is, or 0.0.0.0 for all.`,
      );
    default:
      return error;
  }
}
