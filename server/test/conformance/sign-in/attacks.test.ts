import { describe, expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant } from '../../harness.ts';
import { addPasskey, aPerson, Browser, password } from '../../people.ts';

/** Guessing over several nodes at its full numbers (A2), and that nobody learns which addresses are known (A3). */

const counted = vi.hoisted(() => ({ hashes: 0 }));
const wrong = 'a wrong guess of a stranger';
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>();
  return {
    ...real,
    /** Counts each, and spares the time of those that are known to be wrong. */
    verify: async (hash: string, guessed: string) => {
      counted.hashes++;
      return guessed !== wrong && real.verify(hash, guessed);
    },
  };
});

const NODES = 3;
const platform = await aPlatform({
  regions: ['au'],
  nodes: NODES,
  env: { BAILIWICK_TRUST_PROXY: '127.0.0.1', BAILIWICK_REQUESTS_PER_SECOND: '1000000' },
});
const tenant = await aTenant(platform);

let sources = 0;
const aSource = () =>
  `198.${18 + Math.floor(sources / 62_500)}.${Math.floor(sources / 250) % 250}.${(sources++ % 250) + 1}`;
const aBrowser = (node = 0, from = aSource()) => new Browser(platform, { node, from });

/** So many at once. */
async function inLanes<T>(length: number, work: (at: number) => Promise<T>, lanes = 12): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < length; at = next++) done[at] = await work(at);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

const tally = (statuses: number[]) =>
  Object.fromEntries(
    [...new Set(statuses)].map((status) => [status, statuses.filter((each) => each === status).length]),
  );
const guess = async (email: string, at: number, from = aSource(), secret = wrong) =>
  (await aBrowser(at % NODES, from).signIn(email, undefined, secret)).status;

describe('A2: guessing', () => {
  test('120 wrong passwords at one account, each from another address and over three nodes: 100 are heard', {
    timeout: 120_000,
  }, async () => {
    const home = aSource();
    const { email, browser } = await aPerson(platform, tenant, { from: home });
    const { authenticator } = await addPasskey(browser);
    counted.hashes = 0;
    expect(tally(await inLanes(120, (at) => guess(email, at)))).toEqual({ 401: 100, 429: 20 });
    expect(counted.hashes).toBeLessThanOrEqual(120 * 3);
    for (let node = 0; node < NODES; node++) {
      // Not even the right one is heard from a network that the person never came from.
      expect(await guess(email, node, aSource(), password)).toBe(429);
      expect(await guess(email, node, home, password)).toBe(201);
      const { body } = await aBrowser(node).post('/v1/sign-in/passkeys/options');
      const entered = await aBrowser(node).post('/v1/sign-in/passkeys', { response: authenticator.get(body) });
      expect(entered.status).toBe(201);
    }
  });

  test('one password on 1,000 accounts from one network over three nodes: 100 are heard', {
    timeout: 120_000,
  }, async () => {
    const people: Awaited<ReturnType<typeof aPerson>>[] = [];
    for (let at = 0; at < 5; at++) people.push(await aPerson(platform, tenant));
    const from = aSource();
    // One who is known is as many guesses as one who is not.
    const addressOf = (at: number) =>
      (at % 200 === 0 ? people[at / 200]?.email : undefined) ?? `${aName('nobody')}@example.com`;
    counted.hashes = 0;
    expect(tally(await inLanes(1000, (at) => guess(addressOf(at), at, from)))).toEqual({ 401: 100, 429: 900 });
    expect(counted.hashes).toBeLessThan(150 * 3);
    for (const [node, { email }] of people.entries()) {
      expect(await guess(email, node, from, password)).toBe(429);
      expect(await guess(email, node, aSource(), password)).toBe(201);
    }
  });

  test('ten guesses of one network at one account, also when it is an IPv6 customer of many addresses', async () => {
    const { email } = await aPerson(platform, tenant);
    const customer = (at: number) => `2001:db8:77:1::${(at + 1).toString(16)}`;
    expect(tally(await inLanes(30, (at) => guess(email, at, customer(at))))).toEqual({ 401: 10, 429: 20 });
    expect(await guess(email, 0, '2001:db8:77:2::1', password)).toBe(201);
  });
});

describe('A3: who is known', () => {
  type Ask = (browser: Browser, address: string) => ReturnType<Browser['post']>;
  const doors: Record<string, Ask> = {
    'sign-in by password': (browser, email) => browser.signIn(email, undefined, wrong),
    'sign-in by password in a tenant': (browser, email) => browser.signIn(email, tenant.id, wrong),
    'a link for a new password': (browser, email) => browser.post('/v1/sign-in/password-resets', { email }),
    'a link to sign in': (browser, email) => browser.post('/v1/sign-in/links', { email }),
    'a link to sign in to a tenant': (browser, email) =>
      browser.post('/v1/sign-in/links', { email, tenantId: tenant.id }),
    'the code of a link': async (browser, email) => {
      await browser.post('/v1/sign-in/links', { email });
      return browser.post('/v1/sign-in/links/by-code', { email, code: 'BBBB-BBBB' });
    },
    'the emergency door': (browser, email) =>
      browser.post('/v1/sign-in/emergency-code', { tenantId: tenant.id, email, code: 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' }),
    registration: (browser, email) =>
      browser.post('/v1/registrations', { region: 'au', email, fullName: 'Ada Known', mobilePhone: '+61280001234' }),
    'where an address leads': (browser, email) => browser.post('/v1/sign-in/discover', { email }),
    'passkeys, which ask nobody': (browser) => browser.post('/v1/sign-in/passkeys/options'),
  };

  /** What an answer tells: status, body and headers, without what differs between any two. */
  function told({ status, headers, body }: Awaited<ReturnType<Ask>>) {
    const { requestId: _, challenge: __, ...rest } = body ?? {};
    const names = [...headers.keys()].filter((name) => !['date', 'x-request-id'].includes(name)).sort();
    return { status, rest, names, cookies: headers.getSetCookie().map((each) => each.replace(/=\w{32};/, '=;')) };
  }

  test.each(Object.entries(doors))('%s: the same for known, disabled, invited and unknown', async (_name, ask) => {
    const known = await aPerson(platform, tenant);
    const disabled = await aPerson(platform, tenant);
    await tenant.client.post(`/accounts/${disabled.id}/disable`);
    const invited = await tenant.given.account();
    const unknown = `${aName('nobody')}@${tenant.name}.example`;
    const expected = told(await ask(aBrowser(), unknown));
    for (const [at, email] of [known.email, known.email.toUpperCase(), disabled.email, invited.email].entries())
      expect(told(await ask(aBrowser(at % NODES), email)), email).toEqual(expected);
  });

  test('a link of a mail: the same whether it was used, replaced, is of another kind, or never was', async () => {
    const { email } = await aPerson(platform, tenant);
    const invited = await tenant.given.account();
    await aBrowser().post('/v1/sign-in/password-resets', { email });
    const secretOf = async (address: string, path: string) => {
      await expect.poll(async () => JSON.stringify(await platform.outbox(address))).toContain(`${path}#`);
      return new RegExp(`${path}#(\\w+)`).exec(JSON.stringify(await platform.outbox(address)))?.[1] as string;
    };
    const [reset, invitation] = [await secretOf(email, '/reset'), await secretOf(invited.email, '/accept')];
    const never = `${reset.slice(0, -8)}AAAAAAAA`;
    const chosen = 'harbour violin cactus medal';
    expect(
      (await aBrowser().post('/v1/sign-in/password-resets/accept', { secret: reset, password: chosen })).status,
    ).toBe(200);
    expect((await aBrowser().post('/v1/invitations/accept', { token: invitation, password: chosen })).status).toBe(200);
    for (const [path, name, used, other] of [
      ['/v1/sign-in/password-resets/accept', 'secret', reset, invitation],
      ['/v1/invitations/accept', 'token', invitation, reset],
      ['/v1/sign-in/links/accept', 'secret', reset, invitation],
    ] as const) {
      const ask = async (value: string) => {
        const body = path.includes('/links/') ? { [name]: value } : { [name]: value, password: chosen };
        return told(await aBrowser().post(path, body));
      };
      const expected = await ask(never);
      expect(expected.status).toBe(410);
      for (const value of [used, other]) expect(await ask(value), path).toEqual(expected);
    }
  });
});
