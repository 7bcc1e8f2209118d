import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST_RULE, hostOf, type NamedHost } from '../../server/src/capabilities/gateways/hosts.ts';
import { type Admitted, type Asked, readTarget, requireFewHeaders, type Target } from './admission.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import type { OwnCertificate } from './own-certificate.ts';
import { Refusal, unkept } from './refusal.ts';
import { HUNG_UP, Seen } from './seen.ts';
import { serverOf } from './serving.ts';
import type { Settings } from './settings.ts';

/**
 * The door for a proxy that a site runs already: it asks whether a request is let in, and carries it itself. All of the
 * request that decides stands in the address that is asked for, where nothing that a client sends can take its place.
 */

/** A proxy hands on the headers of who asks, and may take longer ones than a gateway. */
const MAX_HEADER_BYTES = 65_536;
const QUESTION_MS = 30_000;
const TOKEN_HEADER = 'x-bailiwick-proxy-token';
/** How often the log says that a proxy is not set up as it should be. */
const SAID_EVERY_MS = 60_000;
/** What stands in the journal where a proxy carries the request. */
const LET_IN = 'let-in';

const OF_NGINX = /^\/nginx\/([A-Z-]{1,20})\/https?:\/\/([^/?#]+)(\/.*)$/;
const OF_ENVOY = /^\/envoy(\/.*)$/;

/** nginx may be set up for hosts that no route names, such as `*.example.com`. */
const NO_HOST = { host: '', port: '' };

export interface Decided {
  asked: Asked;
  admitted: Admitted;
  signed: Record<string, string>;
}

/** What the door needs of the gateway, which decides here as it does for itself. */
export interface Decides {
  decided: (target: Target, request: IncomingMessage, seen: Seen) => Promise<Decided>;
  refusalOf: (error: unknown, requestId: string, seen: Seen) => Refusal;
  counts: { carried: number };
}

interface Question {
  proxy: 'nginx' | 'envoy';
  method: string;
  host: string;
  url: string;
}

export class Asking {
  readonly #proxy: NonNullable<Settings['proxy']>;
  readonly #gateway: Decides;
  readonly #journal: Journal;
  readonly #log: Log;
  readonly #server: Server;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    settings: Settings & { proxy: NonNullable<Settings['proxy']> },
    gateway: Decides,
    { journal, certificate }: { journal: Journal; certificate: OwnCertificate | undefined },
    log: Log,
  ) {
    this.#proxy = settings.proxy;
    this.#gateway = gateway;
    this.#journal = journal;
    this.#log = log;
    this.#server = serverOf(
      { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: QUESTION_MS },
      settings,
      settings.proxy.isTls ? certificate : undefined,
    );
    this.#server.on('request', (request, reply) => void this.#answer(request, reply));
  }

  async listen(): Promise<string> {
    const { host, port, isTls } = this.#proxy;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve);
    });
    const { port: taken } = this.#server.address() as AddressInfo;
    return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${taken}`;
  }

  async stop() {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, reply: ServerResponse) {
    const requestId = randomUUID();
    let question: Question;
    try {
      this.#requireProxy(request);
      question = questionOf(request);
    } catch (error) {
      this.#say((error as Refusal).message);
      refuse(reply, error as Refusal, requestId);
      return;
    }
    const { method, url, proxy } = question;
    const seen = new Seen({ method, url, socket: request.socket });
    reply.on('close', () => seen.end(this.#journal, reply.headersSent ? reply.statusCode : HUNG_UP));
    try {
      requireFewHeaders(request);
      requireOne(request, 'authorization', 'The request says twice who sends it.');
      requireOne(request, 'host', 'The request names its host twice.');
      const target = readTarget({ method, url, named: hostIn(question) });
      const decided = await this.#gateway.decided(target, request, seen);
      this.#gateway.counts.carried += 1;
      seen.reason = LET_IN;
      reply
        .writeHead(200, {
          ...headersOf(decided),
          ...unkept,
          'x-request-id': requestId,
          'content-length': 0,
        })
        .end();
    } catch (error) {
      refuse(reply, this.#gateway.refusalOf(error, requestId, seen), requestId, proxy);
    }
  }

  /** Whoever may ask learns what is let in, and is given the signed token: where a token is set, only who has it. */
  #requireProxy({ headers }: IncomingMessage) {
    const { token } = this.#proxy;
    const given = headers[TOKEN_HEADER];
    if (token !== undefined && !isSame(typeof given === 'string' ? given : '', token))
      throw new Refusal(400, 'not-the-proxy', `The proxy must send the token of this door in ${TOKEN_HEADER}.`);
  }

  #say(message: string) {
    const now = performance.now();
    if (now - this.#saidAt < SAID_EVERY_MS) return;
    this.#saidAt = now;
    this.#log('warn', 'a proxy asks in a way that is not answered', { message });
  }
}

/** @throws {Refusal} 400: of what is asked nothing is taken from a header, and nothing has a default */
function questionOf({ method = '', url = '', headers }: IncomingMessage): Question {
  const nginx = OF_NGINX.exec(url);
  if (nginx) {
    const [, of = '', host = '', target = ''] = nginx;
    return { proxy: 'nginx', method: of, host, url: target };
  }
  const envoy = OF_ENVOY.exec(url);
  if (envoy && headers.host) return { proxy: 'envoy', method, host: headers.host, url: envoy[1] as string };
  throw new Refusal(
    400,
    'not-a-question',
    'A proxy asks with the whole original request in the address: /nginx/$request_method/$scheme://$server_name$request_uri, or /envoy as the path prefix of Envoy. See docs/proxies.md.',
  );
}

/** Who is asked about by one bearer token, or host, must not be somebody else to the upstream by another one. */
function requireOne({ rawHeaders }: IncomingMessage, header: string, otherwise: string) {
  const found = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === header);
  if (found.length > 1) throw new Refusal(400, 'bad-request', otherwise);
}

/** nginx names a host of its own configuration, Envoy the one that the client wrote. @throws {Refusal} */
function hostIn({ proxy, host }: Question): NamedHost {
  const named = hostOf(host);
  if (named) return named;
  if (proxy === 'nginx') return NO_HOST;
  throw new Refusal(400, 'bad-request', `The host ${HOST_RULE}.`);
}

/** All of them each time, so that the proxy replaces whatever a client sent under these names. */
const headersOf = ({ asked, admitted, signed }: Decided): Record<string, string> => ({
  'x-bailiwick-subject': visible(asked.subject ?? ''),
  'x-bailiwick-service': visible(admitted.route.service),
  'x-bailiwick-item': visible(admitted.item ?? ''),
  ...signed,
});

/** What is no visible ASCII, and `%`, stands escaped, so that two texts are never one header. */
const visible = (text: string) => text.replace(/[^!-~]|%/gu, encodeURIComponent);

/** nginx knows 401 and 403, and takes what else is not 2xx for a fault: what the request itself is refused for is 403. */
function refuse(reply: ServerResponse, refusal: Refusal, requestId: string, proxy?: Question['proxy']) {
  const { status, code, headers } = refusal;
  if (reply.destroyed) return;
  const isForNginx = proxy === 'nginx' && status < 500 && status !== 401;
  reply.writeHead(isForNginx ? 403 : status, {
    ...headers,
    'content-type': 'application/problem+json',
    'x-bailiwick-reason': code,
    'x-request-id': requestId,
  });
  reply.end(refusal.toBody(requestId));
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const isSame = (given: string, token: string) => timingSafeEqual(digest(given), digest(token));
