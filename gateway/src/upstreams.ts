import { Agent } from 'undici';
import type { InForce, Route } from './configuration.ts';

/** The way to upstreams: connections, shared by routes that trust and wait alike. */

/** Between two pieces of a body, either way. */
export const IDLE_MS = 600_000;

const keyOf = ({ connectTimeoutMs, trustedCertificates }: Route) => `${connectTimeoutMs} ${trustedCertificates ?? ''}`;

/** A path that reads the same in a URL: nothing to be escaped, no dot segments, no query. */
const IS_PLAIN = /^(\/(?!\.|%2e)[\w.~!$&'()*+,;=:@%-]*)+$/i;

/** Where requests of a route go. */
export class Way {
  readonly agent: Agent;
  readonly origin: string;

  constructor(agent: Agent, upstream: string) {
    this.agent = agent;
    this.origin = new URL(upstream).origin;
  }

  /** The path as it stands in the request line, of a URL below the upstream. */
  pathOf(url: string): string {
    const rest = url.startsWith(this.origin) ? url.slice(this.origin.length) : '';
    return IS_PLAIN.test(rest) ? rest : new URL(url).pathname;
  }
}

export class Upstreams {
  readonly #agents = new Map<string, Agent>();
  readonly #ways = new WeakMap<Route, Way>();

  of(route: Route): Way {
    let way = this.#ways.get(route);
    if (!way || way.agent.closed) {
      way = new Way(this.#agentOf(route), route.upstream);
      this.#ways.set(route, way);
    }
    return way;
  }

  #agentOf(route: Route): Agent {
    const key = keyOf(route);
    let agent = this.#agents.get(key);
    if (!agent) {
      const { connectTimeoutMs: timeout, trustedCertificates: ca } = route;
      agent = new Agent({
        connect: { timeout, ...(ca ? { ca } : {}) },
        allowH2: false,
        pipelining: 1,
        maxHeaderSize: 32_768,
        bodyTimeout: IDLE_MS,
      });
      this.#agents.set(key, agent);
    }
    return agent;
  }

  /** Those that no route needs any more end with what they carry. */
  keep(inForce: InForce | undefined) {
    const needed = new Set(inForce?.configuration.routes.map(keyOf));
    for (const [key, agent] of this.#agents)
      if (!needed.has(key)) {
        this.#agents.delete(key);
        void agent.close();
      }
  }

  async stop() {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}
