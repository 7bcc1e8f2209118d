import { randomBytes } from 'node:crypto';
import type { Agent } from 'undici';
import { type AgentKey, agentKeyParts } from '../../server/src/kernel/credential-text.ts';
import { signRequest } from '../../server/src/kernel/http-signature.ts';
import { Connections } from './connections.ts';
import type { Log } from './log.ts';
import { type ClientTls, requireSafe, StartProblem } from './settings.ts';

/** Requests to the tenant's region, each signed with the agent key (RFC 9421). */

/** It cannot be reached, or does not answer as it should: what is known stays good for its time. */
export class RegionAway extends Error {}
/**
 * It answered, and not about the key: the way there does not bring what it should. Who enrols is told and ends; what runs
 * goes on as if it was away, since nothing was taken back.
 */
export class RegionMissed extends RegionAway {}
/** It answered, and this program may not go on: key, namespace, enrolment or tenant is over. */
export class RegionRefuses extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  /** The key opens, and the region does not understand the request. */
  get isAboutWhatWasSent() {
    return this.code === 'invalid-request' || this.status === 413;
  }
}

interface ProblemBody {
  type?: string;
  detail?: string;
  baseUrl?: string;
}

const answers = new Set([200, 201, 204, 304]);
const OURS = 'urn:bailiwick:problem:';
const MOST_BYTES = 32 * 1024 * 1024;
const KEY_REMEDY =
  'Was the agent key of the namespace reset? Start the program with the new one: BAILIWICK_AGENT_KEY, or --enrol.';

export class Region {
  readonly tenantPath: string;
  #url: string;
  readonly #agentKey: AgentKey;
  readonly #connections: Connections;
  readonly #showsCertificate: boolean;
  /** Where it is asked, when that is another address than its own. */
  readonly #asked: string | undefined;

  constructor(
    url: string,
    agentKey: string,
    { files, url: asked }: ClientTls = { files: undefined, url: undefined },
    log: Log = () => undefined,
  ) {
    const parts = agentKeyParts(agentKey);
    if (!parts) throw new StartProblem('This is no agent key. It begins with bwk_ak_ and was shown when it was made.');
    this.tenantPath = `/v1/tenants/${parts.tenantId}`;
    this.#url = url;
    this.#agentKey = parts;
    this.#connections = new Connections(files, log);
    this.#showsCertificate = files !== undefined;
    this.#asked = asked;
  }

  get url() {
    return this.#url;
  }

  /**
   * @param given bytes are JSON already
   * @returns status and body of an answer
   * @throws {RegionAway}, {RegionMissed} or {RegionRefuses}
   */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    given?: unknown,
    isSentOn = false,
  ): Promise<{ status: number; body: unknown }> {
    const agent = this.#connections.current();
    const { status, body, isProblem } = await this.#send(agent, method, path, given);
    if (answers.has(status)) return { status, body };
    const { type, detail = `It answered ${status}.`, baseUrl } = (body ?? {}) as ProblemBody;
    // Something on the way answers in its place.
    if (status < 400 || !isProblem || !type?.startsWith(OURS)) throw new RegionAway(`It answered ${status}.`);
    const code = type.slice(OURS.length);
    if (status === 421 && this.#asked !== undefined)
      throw new RegionMissed(
        `--client-url ${this.#asked} leads to another region than the tenant’s. ${detail} Give that as --url, and as --client-url where that region asks for certificates.`,
      );
    if (status === 421 && baseUrl && !isSentOn) {
      this.#url = requireSafe(baseUrl);
      return this.ask(method, path, given, true);
    }
    // It came by the certificate that another one has taken the place of meanwhile.
    if (code === 'client-certificate' && agent !== this.#connections.current())
      return this.ask(method, path, given, isSentOn);
    if (code === 'no-client-certificate' && this.#showsCertificate)
      throw new RegionMissed(
        'The region sees no client certificate, though this program shows one: look at --client-url, and at the proxy there, which must hand it on.',
      );
    // A clock that is wrong proves nothing about the key.
    if (code === 'clock-off' || status === 421 || status === 429 || status >= 500) throw new RegionAway(detail);
    const isAboutKey = status === 401 && code !== 'client-certificate' && code !== 'no-client-certificate';
    throw new RegionRefuses(status, code, isAboutKey ? `${detail} ${KEY_REMEDY}` : detail);
  }

  async #send(agent: Agent, method: 'GET' | 'POST', path: string, given: unknown) {
    const sent = given instanceof Buffer ? given : Buffer.from(given === undefined ? '' : JSON.stringify(given));
    const target = this.tenantPath + path;
    const headers = {
      accept: 'application/json',
      ...(given === undefined ? {} : { 'content-type': 'application/json' }),
      ...signRequest({
        method,
        targetUri: this.#url + target,
        body: sent,
        agentKey: this.#agentKey,
        now: new Date(),
        nonce: randomBytes(18).toString('base64url'),
      }),
    };
    try {
      const { origin } = new URL(this.#asked ?? this.#url);
      const options = { origin, path: target, method, headers, ...(sent.length ? { body: sent } : {}) };
      const reply = await agent.request(options);
      const text = await limited(reply.body);
      return {
        status: reply.statusCode,
        body: text ? (JSON.parse(text) as unknown) : undefined,
        isProblem: String(reply.headers['content-type']).startsWith('application/problem+json'),
      };
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      throw new RegionAway(`The region cannot be reached (${code ?? message}).`);
    }
  }

  close = () => this.#connections.close();
}

async function limited(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
