export interface FieldProblem {
  path: string;
  message: string;
}

/** As it stands at a field: a whole sentence. */
export const sentenceOf = ({ message }: FieldProblem) =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?]$/.test(message) ? '' : '.'}`;

/** A refusal by the server, RFC 9457. */
export class ApiProblem extends Error {
  readonly status: number;
  /** The last part of `urn:bailiwick:problem:<code>`. */
  readonly code: string;
  readonly title: string;
  readonly requestId: string | undefined;
  readonly fields: FieldProblem[];
  /** Members beyond the standard's own, for example `baseUrl` of a 421. */
  readonly members: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: Record<string, unknown>, retryAfterSeconds?: number) {
    const textOf = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined);
    super(textOf('detail') ?? textOf('title') ?? `HTTP ${status}`);
    this.status = status;
    this.code = (textOf('type') ?? '').replace('urn:bailiwick:problem:', '');
    this.title = textOf('title') ?? `HTTP ${status}`;
    this.requestId = textOf('requestId');
    this.fields = Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [];
    this.members = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static of(response: Response, body: unknown): ApiProblem {
    const retryAfter = Number(response.headers.get('retry-after'));
    return new ApiProblem(
      response.status,
      body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : {},
      Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
    );
  }
}

/** No answer: the network or the server is away. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('unreachable', { cause });
  }
}

/** The browser's own dialog was closed, or it found no passkey. */
export class PasskeyRefused extends Error {}

/** A change in a protected namespace: it waits for a second person, or was asked before and is decided. */
export class ChangeWaits extends Error {
  readonly isDecided: boolean;
  readonly tenantId: string;
  readonly namespaceId: string;

  constructor({ href, namespaceId, state }: { href: string; namespaceId: string; state: string }) {
    super('change-waits');
    this.isDecided = state !== 'pending';
    this.tenantId = href.split('/')[3] ?? '';
    this.namespaceId = namespaceId;
  }
}
