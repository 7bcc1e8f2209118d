import { Agent } from 'undici';
import type { InForce, Route } from './configuration.ts';

/** Connections to upstreams, shared by routes that trust and wait alike. */

/** Between two pieces of a body, either way. */
export const IDLE_MS = 600_000;

const keyOf = ({ connectTimeoutMs, trustedCertificates }: Route) => `${connectTimeoutMs} ${trustedCertificates ?? ''}`;

export class Upstreams {
  readonly #agents = new Map<string, Agent>();

  of(route: Route): Agent {
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
