export interface FieldError {
  /** Where in the request, for example `owner.email`, `query.limit`, `path.id`. */
  path: string;
  message: string;
}

const own = ['type', 'title', 'status', 'detail', 'requestId', 'errors'];

/** A refusal by the server (RFC 9457). Its message is the problem's `detail`. */
export class BailiwickProblem extends Error {
  override readonly name = 'BailiwickProblem';
  /** `urn:bailiwick:problem:<code>`; `about:blank` when the answer was not a problem of ours. */
  readonly type: string;
  /** The last part of `type`: what a program decides by. */
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What the operator finds the request by. */
  readonly requestId: string | undefined;
  /** What is wrong with which field; empty unless the input was invalid. */
  readonly errors: FieldError[];
  /** Members of this problem's own, for example `current` of `version-changed`: the object as another one saved it. */
  readonly members: Record<string, unknown>;
  /** Of `version-changed`: the version of what is there now, for `ifMatch`; undefined to whom it is not shown. */
  readonly etag: string | undefined;
  /** Seconds after which the server asks to try again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(response: Response, body: unknown) {
    const members = isObject(body) ? body : {};
    const textOf = (name: string) => (typeof members[name] === 'string' ? members[name] : undefined);
    const title = textOf('title') ?? (response.statusText || `HTTP ${response.status}`);
    const detail = textOf('detail') ?? `The answer was HTTP ${response.status}, not one of Bailiwick's problems.`;
    super(detail);
    this.type = textOf('type') ?? 'about:blank';
    this.code = this.type.replace('urn:bailiwick:problem:', '');
    this.title = title;
    this.status = response.status;
    this.detail = detail;
    this.requestId = textOf('requestId');
    this.errors = Array.isArray(members.errors) ? members.errors.filter(isFieldError) : [];
    this.members = Object.fromEntries(Object.entries(members).filter(([name]) => !own.includes(name)));
    this.etag = response.headers.get('etag') ?? undefined;
    this.retryAfterSeconds = retryAfterSeconds(response);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isFieldError = (value: unknown): value is FieldError =>
  isObject(value) && typeof value.path === 'string' && typeof value.message === 'string';

/** RFC 9110 section 10.2.3: seconds, or a date. */
export function retryAfterSeconds(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (!header) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
