import { rawRequest } from '../../../harness.ts';

/** The reply never came; what became of the request, the client cannot know. */
export class LostReply extends Error {}

export interface WireReply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: twins read whatever the server says
  body: any;
}

interface Sent {
  method: string;
  path: string;
  status: number;
}

/** What lies between a twin and the server: bytes as the twin writes them, and now and then a reply that gets lost. */
export class Wire {
  readonly #url: string;
  readonly #base: string;
  readonly #token: string;
  #losing: { method: string; path: RegExp } | undefined;
  /** All requests so far, in the order of their replies. */
  readonly sent: Sent[] = [];

  constructor(url: string, base: string, token: string) {
    this.#url = url;
    this.#base = base;
    this.#token = token;
  }

  /** The next such request is served, and its reply lost: the server has committed, the client knows nothing. */
  loseReply(method: string, path: RegExp): void {
    this.#losing = { method, path };
  }

  /** Whether a reply is still to be lost. */
  get isLosing(): boolean {
    return this.#losing !== undefined;
  }

  /**
   * @param path below the tenant's SCIM, encoded as the client does it
   * @throws {LostReply} when it is this reply's turn
   */
  async send(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<WireReply> {
    const isLost = this.#losing?.method === method && this.#losing.path.test(path);
    if (isLost) this.#losing = undefined;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const reply = await rawRequest(this.#url, {
      method,
      path: this.#base + path,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...headers,
        ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
      },
      ...(text === undefined ? {} : { body: text }),
    });
    this.sent.push({ method, path, status: reply.status });
    if (isLost) throw new LostReply(`${method} ${path}`);
    // Clients parse every reply, those of errors as well.
    return { status: reply.status, body: reply.text === '' ? undefined : JSON.parse(reply.text) };
  }
}
