import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Admitted,
  type Asked,
  admit,
  groupsOf,
  identify,
  isStillAdmitted,
  readRequest,
  type Target,
} from './admission.ts';
import { Asking, type Decided } from './asking.ts';
import { Carrying, CutOff } from './carrying.ts';
import type { InForce } from './configuration.ts';
import type { Control } from './control.ts';
import { viaOf } from './headers.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import { type Carriage, Open } from './open.ts';
import type { OwnCertificate } from './own-certificate.ts';
import type { People } from './people.ts';
import { Refusal, unavailable, unkept, unlicensed } from './refusal.ts';
import { HUNG_UP, Seen } from './seen.ts';
import { endWith, serverOf } from './serving.ts';
import type { Settings } from './settings.ts';
import type { Signer } from './signer.ts';
import { carrySocket } from './sockets.ts';
import { Tokens } from './tokens.ts';
import { Upstreams } from './upstreams.ts';

/** The door: each request is read, its sender recognised, decided about, and carried or refused. */

const MAX_HEADER_BYTES = 16_384;

const unsigned = {};

/** What a WebSocket is answered by. */
const SWITCHED = 101;

/** How often it is looked whether what is open may stay open. */
const LOOK_MS = 500;

export class Gateway {
  readonly counts = { carried: 0, refused: 0, failed: 0 };
  readonly #settings: Settings;
  readonly #control: Control;
  readonly #people: People;
  readonly #gatewayId: string;
  readonly #journal: Journal;
  readonly #log: Log;
  readonly #upstreams = new Upstreams();
  readonly #open = new Open();
  readonly #server: Server;
  readonly #watch: NodeJS.Timeout;
  readonly #asking: Asking | undefined;
  #tokens: Tokens | undefined;
  #isLeaving = false;

  constructor(
    settings: Settings,
    gatewayId: string,
    {
      control,
      people,
      journal,
      certificate,
    }: { control: Control; people: People; journal: Journal; certificate: OwnCertificate | undefined },
    log: Log,
  ) {
    this.#settings = settings;
    this.#gatewayId = gatewayId;
    this.#control = control;
    this.#people = people;
    this.#journal = journal;
    this.#log = log;
    // Bodies may be long; what stands still ends by the time-out of the socket.
    const server = serverOf({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 }, settings, certificate);
    server.on('request', (request, reply) => void this.#answer(request, reply));
    server.on('checkContinue', (request, reply) => void this.#answer(request, reply));
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#server = server;
    const { proxy } = settings;
    if (proxy) this.#asking = new Asking({ ...settings, proxy }, this, { journal, certificate }, log);
    control.onChange = (inForce) => this.#take(inForce);
    people.onChange = () => this.#decideAgain();
    this.#take(control.inForce);
    // What was in force ends by time alone when the region is away for long, and with it what is open.
    this.#watch = setInterval(() => {
      if (this.#open.size > 0 && !control.inForce) this.#decideAgain();
      const now = performance.now();
      this.#each((carriage) => carriage.look?.(now));
    }, LOOK_MS);
    this.#watch.unref();
  }

  /** Requests and streams that are open. */
  get openRequests() {
    return this.#open.size;
  }

  get isDraining() {
    return this.#isLeaving || this.#control.isDraining;
  }

  async listen(): Promise<string> {
    const { host, port, tls } = this.#settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve);
    });
    const taken = (this.#server.address() as { port: number }).port;
    return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${taken}`;
  }

  /** Where a proxy asks, if one is to. */
  listenToProxies = () => this.#asking?.listen();

  /** Lets in nobody new, waits for what is open, for its time, then cuts it. */
  async stop() {
    this.#isLeaving = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const idle = setInterval(() => this.#server.closeIdleConnections(), 200);
    const last = setTimeout(() => {
      this.#cutAll();
      this.#server.closeAllConnections();
    }, this.#settings.drainMs);
    this.#server.closeIdleConnections();
    await closed;
    clearInterval(idle);
    // Sockets that were upgraded are the server's no more.
    while (this.#open.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await this.#asking?.stop();
    clearTimeout(last);
    clearInterval(this.#watch);
    await this.#upstreams.stop();
  }

  #take(inForce: InForce | undefined) {
    const provider = inForce?.configuration.provider;
    if (!provider || !this.#tokens?.isOf(provider)) {
      this.#tokens = provider ? new Tokens(provider, this.#log) : undefined;
      // Whom another provider named may be somebody else here.
      this.#people.forget();
      this.#cutAll();
    }
    this.#upstreams.keep(inForce);
    const renewed = this.#people.renew();
    if (!provider) this.#decideAgain();
    else void renewed.then(() => this.#decideAgain());
  }

  #cutAll() {
    this.#each((carriage) => carriage.cut());
  }

  #each(act: (carriage: Carriage) => void) {
    this.#open.each(act, (fault) => this.#tellFault(fault));
  }

  /** Whoever is not let in any more is cut off, also in the middle of a stream. */
  #decideAgain() {
    const { inForce } = this.#control;
    this.#each((carriage) => {
      if (!inForce?.configuration.provider || !isStillAdmitted(carriage.asked, inForce, this.#people)) carriage.cut();
    });
  }

  /** @throws {Refusal} unless the rules let it in by what is in force now */
  async decided(read: Target, request: IncomingMessage, seen: Seen): Promise<Decided> {
    if (this.isDraining) throw unavailable('draining', 'This gateway lets in nobody new. Try another one.');
    if (!this.#control.inForce)
      throw unavailable('no-configuration', 'This gateway has no configuration that is still good.');
    const tokens = this.#tokens;
    // What is known is not awaited.
    const comer = identify(request, tokens);
    const { claims, subject } = comer instanceof Promise ? await comer : comer;
    // Spread, it would cost as much as the decision.
    const { method, host, port, path, query } = read;
    const asked = { method, host, port, path, query, claims, subject };
    seen.subject = subject;
    // What is in force may change while somebody is asked: the last word counts.
    for (;;) {
      const inForce: InForce | undefined = this.#control.inForce;
      if (!inForce) throw unavailable('no-configuration', 'This gateway has no configuration that is still good.');
      if (tokens !== this.#tokens)
        throw unavailable('configuration-changed', 'What this gateway decides by has just changed. Send it again.');
      if (inForce.configuration.refusal) throw unlicensed();
      const admission = admit(asked, inForce, this.#people);
      const admitted = admission instanceof Promise ? await admission : admission;
      seen.decision = admitted;
      const signed = inForce.signer ? await this.#signed(inForce.signer, asked, admitted) : unsigned;
      if (inForce === this.#control.inForce && tokens === this.#tokens) {
        seen.isLetIn = true;
        return { asked, admitted, signed };
      }
    }
  }

  async #signed(signer: Signer, asked: Asked, admitted: Admitted): Promise<Record<string, string>> {
    const { subject } = asked;
    const groupIds =
      subject !== undefined && signer.asksForGroups(admitted)
        ? await groupsOf(subject, this.#people)
        : new Set<string>();
    return signer.headerFor(asked, admitted, groupIds);
  }

  /** @throws {Refusal} where it would go round */
  #own(request: IncomingMessage, { host, port }: Target, requestId: string): string[] {
    const { tls } = this.#settings;
    const { remoteAddress = '' } = request.socket;
    return [
      'x-forwarded-for',
      remoteAddress.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress,
      'x-forwarded-proto',
      tls ? 'https' : 'http',
      'x-forwarded-host',
      // As it was judged by: an upstream that chooses by it is not led elsewhere by another spelling.
      port === '' || port === (tls ? '443' : '80') ? host : `${host}:${port}`,
      'x-request-id',
      requestId,
      'via',
      viaOf(request, this.#gatewayId),
    ];
  }

  async #answer(request: IncomingMessage, reply: ServerResponse) {
    if (request.url === '/.bailiwick/health') return this.#health(reply);
    const requestId = randomUUID();
    const seen = new Seen(request);
    reply.on('close', () => seen.end(this.#journal, reply.headersSent ? reply.statusCode : HUNG_UP));
    try {
      const { asked, admitted, signed } = await this.decided(readRequest(request), request, seen);
      if (reply.destroyed) return;
      const own = this.#own(request, asked, requestId);
      const carried = { request, asked, admitted, requestId, own, signed, upstreams: this.#upstreams };
      const carrying = new Carrying(carried, reply, this.#settings.maxBodyBytes);
      const closed = this.#open.add(carrying);
      const release = this.#people.hold(asked.subject);
      try {
        await carrying.done;
        this.counts.carried += 1;
      } finally {
        closed();
        release();
      }
    } catch (error) {
      if (error instanceof CutOff || reply.headersSent || reply.destroyed) {
        this.counts.failed += 1;
        reply.destroy();
        return;
      }
      const refusal = this.refusalOf(error, requestId, seen);
      reply.writeHead(refusal.status, {
        ...refusal.headers,
        'content-type': 'application/problem+json',
        'x-request-id': requestId,
        ...(this.isDraining || !request.complete ? { connection: 'close' } : {}),
      });
      reply.end(refusal.toBody(requestId));
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const requestId = randomUUID();
    const seen = new Seen(request);
    let status = HUNG_UP;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => seen.end(this.#journal, status));
    try {
      if (request.method !== 'GET' || String(request.headers.upgrade).toLowerCase() !== 'websocket')
        throw new Refusal(
          400,
          'bad-request',
          'Only WebSocket, by GET, is carried by an upgrade. Send other requests without Upgrade, by HTTP/1.1 (in Java: version(HTTP_1_1)).',
        );
      const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
      // What comes behind the offer is the WebSocket's: of a body nobody would know where it ends.
      if (Number(length) !== 0 || coding !== undefined)
        throw new Refusal(400, 'bad-request', 'An offer of a WebSocket has no body.');
      const { asked, admitted, signed } = await this.decided(readRequest(request), request, seen);
      const own = this.#own(request, asked, requestId);
      const cut = new AbortController();
      const closed = this.#open.add({ asked, cut: () => cut.abort() });
      const release = this.#people.hold(asked.subject);
      const carried = { request, asked, admitted, requestId, own, signed, upstreams: this.#upstreams };
      const switched = () => {
        status = SWITCHED;
      };
      try {
        await carrySocket(carried, { socket, head, cut, switched });
        this.counts.carried += 1;
      } finally {
        closed();
        release();
      }
    } catch (error) {
      const refusal = this.refusalOf(error, requestId, seen);
      if (!socket.destroyed) status = refusal.status;
      const body = refusal.toBody(requestId);
      const headers = Object.entries({
        ...refusal.headers,
        'content-type': 'application/problem+json',
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      endWith(socket, `${refusal.status} Refused`, headers.join(''), body);
    }
  }

  refusalOf(error: unknown, requestId: string, seen: Seen): Refusal {
    if (error instanceof Refusal) {
      seen.reason = error.code;
      seen.decision ??= error.decision;
      if (error.status === 502 || error.status === 504) this.counts.failed += 1;
      else this.counts.refused += 1;
      return error;
    }
    this.counts.failed += 1;
    seen.reason = 'fault';
    this.#tellFault(error, { requestId });
    return unavailable('fault', 'This is a fault of the gateway. Report it with the request id.');
  }

  #tellFault(fault: unknown, about = {}) {
    const { name, message, stack } = fault as Error;
    this.#log('error', 'a fault of this program', { ...about, name, message, stack });
  }

  #health(reply: ServerResponse) {
    const state = this.isDraining ? 'draining' : this.#control.inForce ? 'serving' : 'refusing';
    reply.writeHead(state === 'serving' ? 200 : 503, { ...unkept, 'content-type': 'application/json' });
    reply.end(JSON.stringify({ state, region: this.#control.region }));
  }
}
