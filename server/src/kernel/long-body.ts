import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireJson } from './content-type.ts';
import { type Gathering, JsonStream } from './json-stream.ts';
import { invalid, Problem, tooMany } from './problem.ts';

/** Longer bodies are read as they come, by operations that gather what is long in them. */
const LONG_BYTES = 64 * 1024;

/** Long bodies that are read and worked on at a time on a node, each of another tenant; so many of a tenant wait. */
const AT_ONCE = 2;
const MOST_WAITING = 16;
const WAIT_MS = 15_000;

export const tooLarge = (most: number) =>
  new Problem(413, 'too-large', `A body has at most ${most} bytes here.`, { headers: { connection: 'close' } });

/** The body of a request that has not been read yet: who is not let in has sent it for nothing. */
export class LongBody {
  readonly #request: FastifyRequest;
  readonly #most: number;
  #release: (() => void) | undefined;

  constructor(request: FastifyRequest, most: number) {
    this.#request = request;
    this.#most = most;
  }

  /**
   * Reads it when its turn has come; the turn lasts until `release`.
   *
   * @throws {Problem} 400, 413; 429 when others take too long
   */
  async read(tenantId: string, gathering: Gathering): Promise<unknown> {
    this.#release = await turns.take(tenantId);
    const { raw } = this.#request;
    const json = new JsonStream(gathering);
    let length = 0;
    try {
      // The connection outlives a body that is refused: the answer goes over it.
      for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
        length += chunk.length;
        if (length > this.#most) throw tooLarge(this.#most);
        json.write(chunk);
      }
      return json.end();
    } catch (error) {
      raw.resume();
      if (error instanceof Problem) throw error;
      return notWhole();
    }
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** Few long bodies at a time, fair to tenants. */
class Turns {
  readonly #active = new Set<string>();
  #waiting: { tenantId: string; begin: () => void }[] = [];

  async take(tenantId: string): Promise<() => void> {
    if (!this.#isFree(tenantId)) await this.#wait(tenantId);
    else this.#active.add(tenantId);
    return () => {
      this.#active.delete(tenantId);
      const next = this.#waiting.find((each) => this.#isFree(each.tenantId));
      if (!next) return;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#active.add(next.tenantId);
      next.begin();
    };
  }

  #isFree = (tenantId: string) => this.#active.size < AT_ONCE && !this.#active.has(tenantId);

  #wait(tenantId: string): Promise<void> {
    const late = tooMany('Long requests are worked on one after another, and others are. Try again.', 5);
    if (this.#waiting.filter((each) => each.tenantId === tenantId).length >= MOST_WAITING) throw late;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== place);
        reject(late);
      }, WAIT_MS);
      const place = {
        tenantId,
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiting.push(place);
    });
  }
}

const turns = new Turns();

const notWhole = () => {
  throw invalid({ path: 'body', message: 'did not come whole' });
};

/** Has the routes that are added in `scope` get a body that is long unread, and else its bytes. */
export function leaveLongBodiesUnread(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(['application/json', 'application/scim+json'], async (request: FastifyRequest) => {
    requireJson(request);
    const most = request.routeOptions.bodyLimit as number;
    const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(length) && length > most) throw tooLarge(most);
    if (length > LONG_BYTES) return new LongBody(request, most);
    return Buffer.concat(await request.raw.toArray().catch(notWhole));
  });
}
