/** What goes wrong on purpose. Rules throw a Problem; the kernel renders RFC 9457, protocols render it their way. */

export interface FieldError {
  /** Where in the input, for example `owner.email` or `query.limit`. */
  path: string;
  message: string;
}

interface Details {
  errors?: FieldError[];
  headers?: Record<string, string>;
  /** Members beyond RFC 9457's own, for example `baseUrl`. */
  members?: Record<string, unknown>;
  /** What is out of reach for who asks, when the status alone does not say that somebody was refused. */
  refusal?: { kind: string; id: string };
}

const titles: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'In conflict with the present state',
  410: 'Gone',
  412: 'Changed since you read it',
  413: 'Too large',
  415: 'Not a supported media type',
  421: 'Another region serves this',
  422: 'The key was used for another request',
  428: 'A precondition is required',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Something went wrong here',
  501: 'Not implemented',
  503: 'Not available at the moment',
};

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;
  readonly refusal: Details['refusal'];

  constructor(
    status: number,
    code: string,
    detail: string,
    { errors, headers = {}, members = {}, refusal }: Details = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.headers = headers;
    this.members = members;
    this.refusal = refusal;
  }

  /** The body by RFC 9457 section 3. */
  toBody(requestId: string) {
    return {
      type: `urn:bailiwick:problem:${this.code}`,
      title: titles[this.status] ?? 'Problem',
      status: this.status,
      detail: this.message,
      requestId,
      ...(this.errors ? { errors: this.errors } : {}),
      ...this.members,
    };
  }
}

export const notFound = (noun = 'object') =>
  new Problem(404, 'not-found', `There is no such ${noun}, or you may not see it.`);

export const conflict = (code: string, detail: string) => new Problem(409, code, detail);

/** For want of a permission it is `lacking`, which names it; the compiler refuses `forbidden` here. */
export const forbidden = <Code extends string>(code: Code extends 'forbidden' ? never : Code, detail: string) =>
  new Problem(403, code, detail);

/**
 * Who lacks a permission is told which, and where: what explanations and requests for access ask for.
 *
 * @param lacked with the operation only when its declaration asks for this permission, so that both explain the same
 */
export const lacking = (
  detail: string,
  {
    permission,
    namespaceId,
    operation,
  }: { permission: string; namespaceId?: string | null | undefined; operation?: string },
) =>
  new Problem(403, 'forbidden', detail, {
    members: { permission, ...(namespaceId ? { namespaceId } : {}), ...(operation ? { operation } : {}) },
  });

export const invalid = (...errors: FieldError[]) =>
  new Problem(
    400,
    'invalid-request',
    errors
      .map(({ path, message }) => `${path}: ${message}`)
      .join('; ')
      .slice(0, 1000),
    {
      errors,
    },
  );

/** More of them help nobody. */
const MOST_NAMED = 20;

/** @throws {Problem} 400 that names each of `ids` that is not there, by its place in the field */
export function requireThere(field: string, ids: readonly string[], there: ReadonlySet<string>, message: string) {
  const missing = ids.flatMap((id, at) => (there.has(id) ? [] : [{ path: `${field}.${at}`, message }]));
  if (missing.length > 0) throw invalid(...missing.slice(0, MOST_NAMED));
}

export const unauthenticated = (detail: string) =>
  new Problem(401, 'unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="bailiwick"' } });

export const unavailable = (detail: string, retryAfterSeconds = 5) =>
  new Problem(503, 'unavailable', detail, { headers: { 'retry-after': String(retryAfterSeconds) } });

export const tooMany = (detail: string, retryAfterSeconds: number) =>
  new Problem(429, 'too-many-requests', detail, { headers: { 'retry-after': String(Math.max(1, retryAfterSeconds)) } });

/** Constraints are named for their rule; here is what each says when it is broken. */
const constraints: Record<string, (said: string) => Problem> = {
  // The database says which licence, and what to do.
  seat_limit: (said) => conflict('no-seat-left', said),
  licences_file: () => conflict('licence-file-in-use', 'This file is in use already.'),
  products_code: () => conflict('code-taken', 'The region has a product of this code already.'),
  accounts_email: () => conflict('email-taken', 'An account of this tenant has this e-mail address already.'),
  accounts_username: () => conflict('username-taken', 'An account of this tenant has this username already.'),
  service_accounts_name: () => conflict('name-taken', 'A service account of this tenant has this name already.'),
  groups_name: () => conflict('name-taken', 'A group of this tenant has this name already.'),
  domains_name: () => conflict('name-taken', 'This tenant has this domain already.'),
  namespaces_name: () => conflict('name-taken', 'A namespace of this tenant has this name already.'),
  services_name: () => conflict('name-taken', 'A service of this tenant has this name already.'),
  gateways_name: () => conflict('name-taken', 'A gateway of this namespace has this name already.'),
  gateways_prefix: () => conflict('prefix-taken', 'A gateway of this namespace has this prefix already.'),
  gateways_identity_provider: () =>
    conflict('provider-in-use', 'A gateway accepts tokens of this identity provider. Choose another one there first.'),
  routes_name: () => conflict('name-taken', 'A route of this gateway has this name already.'),
  gateway_certificates_key: () =>
    conflict('certificate-exists', 'This gateway has a certificate of this key already. Delete that one first.'),
  rules_subject: () => conflict('rule-exists', 'This service or item has a rule already. Change that one.'),
  identity_providers_name: () => conflict('name-taken', 'An identity provider of this tenant has this name already.'),
  factors_credential: () => conflict('passkey-taken', 'This passkey is registered already.'),
  access_requests_pending: () => conflict('already-requested', 'You have asked for this already. Wait for an answer.'),
  delegations_imported_once: () => conflict('already-imported', 'This group is imported already.'),
  grants_namespace: () => invalid({ path: 'grants', message: 'names a namespace that does not exist' }),
};

interface DatabaseError {
  code: string;
  message: string;
  constraint?: string;
}

const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

const away = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Whether a change met a row that is no longer as it was read, one that nobody asked about, or another change that waits
 * for this one, as two do that swap their names; nothing was changed.
 */
export const isOvertaken = (error: unknown): boolean =>
  isDatabaseError(error) && (error.code === '40001' || error.code === '23505' || error.code === '40P01');

/** Whether a change and another one waited for each other, and the database ended this one; nothing was changed. */
export const isDeadlock = (error: unknown): boolean => isDatabaseError(error) && error.code === '40P01';

/** The problem that an error means; undefined when it is a fault of ours. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!isDatabaseError(error)) {
    // pg reports a lost or unobtainable connection without a code.
    if (
      error instanceof Error &&
      /Connection terminated|connection error and is not queryable|Client was closed|timeout exceeded when trying to connect/i.test(
        error.message,
      )
    )
      return unavailable(
        'The database did not answer, so that a change may or may not have been made. Read, or repeat the request with its Idempotency-Key.',
      );
    return undefined;
  }
  const rule = error.constraint ? constraints[error.constraint] : undefined;
  if (rule) return rule(error.message);
  if (away.has(error.code) || /^(08|53|57P)/.test(error.code))
    return unavailable(
      'The database is not available, so that a change may or may not have been made. Read, or repeat the request with its Idempotency-Key.',
    );
  if (error.code === '25006')
    return unavailable('The disk is full, so nothing was changed. Reads go on; try again when there is room.', 30);
  if (error.code === '40001' || error.code === '40P01' || error.code === '55P03')
    return unavailable('Another change was in the way. Nothing was changed; try again.', 1);
  // The schema changed between two statements of one transaction: a newer version is being rolled out.
  if (error.code === '0A000' || error.code === '26000')
    return unavailable('The platform is being upgraded. Nothing was changed; try again.', 1);
  if (error.code === '57014') return unavailable('This took longer than allowed. Narrow the request and try again.', 1);
  return undefined;
}
