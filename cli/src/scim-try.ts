import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { has, once, typedOf } from './arguments.ts';
import { asksForHelp, scimHelp } from './help.ts';
import { onOneLine, withoutSecrets } from './output.ts';
import type { Surroundings } from './run.ts';
import { Usage } from './usage.ts';

/** `bailiwick scim try`: an identity provider's first requests, from outside, each with its outcome and the remedy. */

const TIMEOUT_MS = 15_000;
const schemas = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  config: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
};

/** A step that failed: what came, and what to do. */
class Failure extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

type Send = (method: string, path: string, body?: unknown) => Promise<Answer>;

interface Step {
  name: string;
  outcome: 'ok' | 'failed' | 'skipped';
  milliseconds?: number;
  detail?: string;
  remedy?: string;
}

const flags = ['url', 'token', 'write', 'json', 'help', 'verbose'];

/**
 * Tries a SCIM server. Without `--write` nothing is changed; with it one throw-away user is made, changed and deleted.
 *
 * @param words what follows `scim try`
 * @returns the exit code: 0 every step went well, 1 one failed
 * @throws {Usage} the command line is wrong
 */
export async function scimTry(words: string[], around: Surroundings): Promise<0 | 1> {
  const { env, write, warn } = around;
  const typed = typedOf(words, (flag) => flag === 'write' || flag === 'json');
  if (has(typed, 'help') || (words.length === 1 && asksForHelp(words[0]))) {
    write(scimHelp);
    return 0;
  }
  const unknown = typed.flags.find(({ name }) => !flags.includes(name));
  const valued = typed.flags.find(({ name, value }) => (name === 'write' || name === 'json') && value !== true);
  if (valued) throw new Usage(`--${valued.name} takes no value; leave it out to do without.`);
  if (unknown) throw new Usage(`scim try has no --${unknown.name}. See bailiwick scim try --help`);
  if (typed.positionals.length > 0) throw new Usage(`scim try takes no ${JSON.stringify(typed.positionals[0])}.`);
  const url = baseUrl(once(typed, 'url'));
  const said = once(typed, 'token');
  if (said !== undefined && !said.startsWith('@'))
    warn(
      'A token on the command line can be read by other people of this machine: better --token @file or BAILIWICK_SCIM_TOKEN.\n',
    );
  const token = tokenOf(said ?? env.BAILIWICK_SCIM_TOKEN);

  const steps: Step[] = [];
  const show = (step: Step) => {
    steps.push(step);
    if (!has(typed, 'json')) write(lineOf(step));
  };
  await trial(sender(url, token), has(typed, 'write'), show);
  const ok = steps.every(({ outcome }) => outcome === 'ok');
  if (has(typed, 'json')) write(`${JSON.stringify({ url, ok, steps }, null, 2)}\n`);
  else write(ok ? `All is well at ${url}\n` : `Not well at ${url}\n`);
  return ok ? 0 : 1;
}

/** Without a slash at its end, and without the query that Entra ID is given. */
function baseUrl(typed: string | undefined): string {
  if (typed === undefined) throw new Usage('Which server? Say --url <SCIM base URL>, as the console shows it.');
  if (!/^https?:\/\//.test(typed) || !URL.canParse(typed))
    throw new Usage(`--url: ${JSON.stringify(typed)} is not a URL such as https://eu.example.com/scim/v2/<tenant id>.`);
  const { origin, pathname } = new URL(typed);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

function tokenOf(said: string | undefined): string {
  const token = said?.startsWith('@') ? fileText(said.slice(1)) : said;
  if (!token?.trim()) throw new Usage('Which token? Set BAILIWICK_SCIM_TOKEN, or say --token @<file>.');
  if (/[^\x21-\x7e]/.test(token.trim()))
    throw new Usage('The token has characters that no token has. Copy it again, whole.');
  return token.trim();
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Usage(`${file} cannot be read: ${(error as Error).message}`);
  }
}

const sender =
  (url: string, token: string): Send =>
  async (method, path, body) => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/scim+json',
          ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new Failure(
        `no answer (${reasonOf(error)})`,
        'Check host and port of the URL, and that the server runs and can be reached from here.',
      );
    }
    const { status, headers } = response;
    const json = parsed(text);
    if (status >= 300) throw refusal(status, headers, json);
    if (text && !json)
      throw new Failure(
        `HTTP ${status}, but not JSON`,
        'Something else answers at this URL, such as a proxy or a web page. Copy the URL from the console.',
      );
    return { status, body: json ?? {} };
  };

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `${TIMEOUT_MS / 1000} s passed`;
  const cause = (error as Error).cause as { code?: string; errors?: { code?: string }[] } | undefined;
  return cause?.code ?? cause?.errors?.[0]?.code ?? (error as Error).message;
}

const remedies: Record<number, string> = {
  401: 'The token is unknown, expired, paused or revoked. Copy it again, whole, or create another one.',
  403: 'Provisioning is turned off, or the tenant is closed to it. Turn it on in the console.',
  404: 'Nothing is there. The base URL ends in /scim/v2/<tenant id>: copy it from the console.',
  409: 'Somebody has that name already. Try again.',
  415: 'Something on the way changes the content type. Look at the proxies between here and the server.',
  421: 'The tenant lives in another region. Copy the base URL from its console.',
  503: 'Provisioning is paused, or the server is away for a moment. Resume it in the console, or try again.',
};

function refusal(status: number, headers: Headers, body: Record<string, unknown> | undefined): Failure {
  const detail = typeof body?.detail === 'string' ? `: ${String(withoutSecrets(body.detail))}` : '';
  const message = `HTTP ${status}${detail}`;
  if (status < 400)
    return new Failure(
      `HTTP ${status} to ${headers.get('location') ?? 'somewhere else'}`,
      'Identity providers follow no redirect. Use the address that it leads to.',
    );
  if (status === 429) {
    const seconds = headers.get('retry-after');
    return new Failure(message, seconds ? `Wait ${seconds} s, then try again.` : 'Wait, then try again.');
  }
  const remedy = remedies[status];
  if (remedy) return new Failure(message, remedy);
  return new Failure(
    message,
    status >= 500
      ? 'The fault is the server’s, or of a proxy before it. Try again; if it stays, look at its log.'
      : 'The server is not what this program expects. See the detail.',
  );
}

const notScim = 'What answers is JSON, but no SCIM 2.0. Copy the base URL from the console.';
const notKept = 'The server does not keep what it was sent. Report it with the request of the log.';

const hasSchema = ({ body }: Answer, schema: string) => Array.isArray(body.schemas) && body.schemas.includes(schema);

function must(condition: boolean, detail: string, remedy: string) {
  if (!condition) throw new Failure(detail, remedy);
}

async function trial(send: Send, isWriting: boolean, show: (step: Step) => void): Promise<void> {
  const userName = `scim-try-${randomUUID()}@example.invalid`;
  const filter = `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`;
  let isGoing = true;
  /** Does one step, unless one before has failed. */
  const step = async (name: string, act: () => Promise<void>, isNeeded = isGoing) => {
    if (!isNeeded) return show({ name, outcome: 'skipped' });
    const began = performance.now();
    const taken = () => Math.round(performance.now() - began);
    try {
      await act();
      show({ name, outcome: 'ok', milliseconds: taken() });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      isGoing = false;
      show({ name, outcome: 'failed', milliseconds: taken(), detail: error.message, remedy: error.remedy });
    }
  };

  await step('The service says what it can', async () =>
    must(hasSchema(await send('GET', '/ServiceProviderConfig'), schemas.config), 'no ServiceProviderConfig', notScim),
  );
  await step('Nobody is found by a name that nobody has', async () => {
    const found = await send('GET', filter);
    must(hasSchema(found, schemas.list), 'no ListResponse', notScim);
    must(found.body.totalResults === 0, `${found.body.totalResults} found`, 'The server does not filter by userName.');
  });
  if (!isWriting) return;

  let at: string | undefined;
  await step('A user is created', async () => {
    const made = await send('POST', '/Users', {
      schemas: [schemas.user],
      userName,
      externalId: userName,
      name: { givenName: 'Scim', familyName: 'Try' },
      active: true,
    });
    at = typeof made.body.id === 'string' ? `/Users/${encodeURIComponent(made.body.id)}` : undefined;
    must(made.status === 201 && at !== undefined, `HTTP ${made.status}, no id`, notScim);
  });
  await step('The user is read', async () => {
    const { body } = await send('GET', at as string);
    must(body.userName === userName && body.active === true, 'another user', notKept);
  });
  await step('The user is deactivated', async () => {
    await send('PATCH', at as string, {
      schemas: [schemas.patch],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    });
    must((await send('GET', at as string)).body.active === false, 'still active', notKept);
  });
  // What was made goes, whatever failed in between.
  await step('The user is deleted', async () => void (await send('DELETE', at as string)), at !== undefined);
  await step('The user is gone', async () => {
    const { body } = await send('GET', filter);
    must(body.totalResults === 0, 'still there', notKept);
  });
}

function lineOf({ name, outcome, milliseconds, detail, remedy }: Step): string {
  const head = `${outcome.padEnd(7)}  ${name}${milliseconds === undefined ? '' : ` (${milliseconds} ms)`}`;
  return [head, ...[detail, remedy].flatMap((each) => (each ? [`         ${onOneLine(each)}`] : [])), ''].join('\n');
}
