import { Authenticator, codeOf } from './authenticator.ts';
import { aName, type TestPlatform, type TestTenant } from './harness.ts';

/** People who sign in, for the tests of how they do. */

export const password = 'lantern orbit plum ferry';

/** A session of the person; what it sets as cookies stays in `cookies`. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #platform: TestPlatform;
  readonly #node: number;
  readonly #from: string;

  constructor(platform: TestPlatform, { node = 0, from = '203.0.113.7' } = {}) {
    this.#platform = platform;
    this.#node = node;
    this.#from = from;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const url = this.#platform.urls[this.#node] as string;
    const reply = await this.#platform.client(null, this.#node).call(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: {
        'x-forwarded-for': this.#from,
        ...(this.cookies.size > 0 ? { cookie: this.cookie } : {}),
        origin: url,
        'x-bailiwick-csrf': '1',
        ...headers,
      },
    });
    for (const set of reply.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      const at = pair.indexOf('=');
      if (set.includes('Max-Age=0')) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return reply;
  }

  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get = (path: string) => this.call('GET', path);
  post = (path: string, body?: unknown) => this.call('POST', path, body);
  put = (path: string, body: unknown) => this.call('PUT', path, body);
  delete = (path: string) => this.call('DELETE', path);
  patch = (path: string, body: unknown, ifMatch: string) => this.call('PATCH', path, body, { 'if-match': ifMatch });

  signIn = (email: string, tenantId?: string, secret = password) =>
    this.post('/v1/sessions', { email, password: secret, ...(tenantId ? { tenantId } : {}) });
}

/** Has the codes of a generator count again that were used, as if time had gone by. */
export const letStepsPass = (platform: TestPlatform, region = 'au') =>
  platform.sql(region, 'update factors set last_step = last_step - 10');

/** Adds an authenticator app to whom the browser holds a session of; its present code is not used. */
export async function addTotp(platform: TestPlatform, browser: Browser) {
  const { body } = await browser.post('/v1/me/totp');
  const added = await browser.post('/v1/me/totp/confirmation', { code: codeOf(body.secret) });
  if (added.status !== 201) throw new Error(`No authenticator app: ${added.text}`);
  await letStepsPass(platform);
  return {
    secret: body.secret as string,
    id: added.body.id as string,
    recoveryCodes: added.body.recoveryCodes as string[] | undefined,
  };
}

/** Adds a passkey to whom the browser holds a session of. */
export async function addPasskey(browser: Browser, authenticator = new Authenticator()) {
  const { body: options } = await browser.post('/v1/me/passkeys/options');
  const response = authenticator.create(options);
  const added = await browser.post('/v1/me/passkeys', { name: 'Laptop', response });
  if (added.status !== 201) throw new Error(`No passkey: ${added.text}`);
  return {
    authenticator,
    id: added.body.id as string,
    recoveryCodes: added.body.recoveryCodes as string[] | undefined,
  };
}

/** A person of the tenant in a browser that is signed in. */
export async function aPerson(platform: TestPlatform, tenant: TestTenant, at: { node?: number; from?: string } = {}) {
  const email = `${aName('person')}@${tenant.name}.example`;
  const { id } = await tenant.given.person(password, { email });
  const browser = new Browser(platform, at);
  const reply = await browser.signIn(email);
  if (reply.status !== 201) throw new Error(`Not signed in: ${reply.text}`);
  return { id: id as string, email, browser };
}
