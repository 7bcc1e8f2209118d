import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { aHostileProvider, seconds } from '../../server/test/conformance/oidc/hostile.ts';
import { aNameServer } from '../../server/test/name-server.ts';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, pictureOnFailure, told, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Place, password } from './given.ts';

/** A domain is proved, and single sign-on required, beside a name server and an identity provider that really answer. */

const nameServer = await aNameServer();
const provider = await aHostileProvider();
let product: Product;
let place: Place;
let owner: Visit;
let page: Page;

const patiently = { timeout: 90_000 };
const content = () => page.locator('#content');
const dialog = () => page.getByRole('dialog').or(page.getByRole('alertdialog'));

async function open(path: string, title: string | RegExp, on = page) {
  await on.goto(`/t/${place.id}${path}`);
  await heading(on, title).waitFor();
  await on.locator('#content .skeletons').first().waitFor({ state: 'detached' });
}

async function expectFit(state: string, on = page) {
  await expectAccessible(on, state);
  await expectNarrow(on, state);
}

const anyone = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(product.url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'x-bailiwick-csrf': '1',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

beforeAll(async () => {
  product = await start({
    env: { BAILIWICK_DNS_SERVERS: nameServer.address, BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' },
  });
  place = await aTenant(product, 'strict');
  owner = await visit({ url: product.url });
  page = owner.page;
  for (const status of [400, 409]) owner.expected.add(status);
  await enter(owner, place.owner);
}, 240_000);

test('a domain is added, its record entered and found; then it leads to the tenant', patiently, async () => {
  pictureOnFailure(() => page, 'domains');
  await open('/domains', 'E-mail domains');
  await content().getByText('No domain yet').waitFor();
  await expectFit('no domain');
  await content().getByRole('link', { name: 'Add the first domain' }).click();
  await dialog().getByLabel('Domain').fill('gmail.com');
  await dialog().getByRole('button', { name: 'Add domain' }).click();
  await dialog().getByRole('alert').waitFor();
  await dialog().getByLabel('Domain').fill('strict-example.com');
  await dialog().getByRole('button', { name: 'Add domain' }).click();

  await heading(page, 'strict-example.com').waitFor();
  await content().getByText('Not proved yet').waitFor();
  await expectFit('a domain to be proved');
  await content().getByRole('button', { name: 'Check now' }).click();
  await content()
    .getByText(/There is no such record yet/)
    .waitFor();
  const value = await content().locator('code', { hasText: 'bailiwick-verification=' }).innerText();
  nameServer.set('_bailiwick-challenge.strict-example.com', value);
  await content().getByRole('button', { name: 'Check now' }).click();
  await content().getByText('The record was found: strict-example.com leads to your sign-in.').waitFor();
  await expectFit('a proved domain');
  const led = await anyone('POST', '/v1/sign-in/discover', { email: 'anybody@strict-example.com' });
  expect(await led.json()).toMatchObject({ tenants: [{ tenantId: place.id }] });
  const outsider = await visit({ url: product.url });
  await outsider.page.goto('/sign-in');
  await outsider.page.getByLabel('E-mail address').fill('anybody@strict-example.com');
  await outsider.page.getByRole('button', { name: 'Continue' }).click();
  await heading(outsider.page, `Sign in to ${place.displayName}`).waitFor();
  await outsider.page.getByRole('button', { name: 'Use another address' }).click();
  await heading(outsider.page, 'Sign in').waitFor();
  expect(await outsider.page.getByLabel('E-mail address').inputValue()).toBe('');
  outsider.expectQuiet();
  await outsider.context.close();

  nameServer.set('_bailiwick-challenge.strict-example.com');
  await content().getByRole('button', { name: 'Check now' }).click();
  await content()
    .getByText(/The record is not found any more; all owners were told/)
    .waitFor();
  await expectFit('a domain whose record is gone');
  await open('/domains', 'E-mail domains');
  await content().getByText('Record missing').waitFor();
  await expectFit('a list of domains');
  owner.expectQuiet();
});

test('the policy is changed, and the networks cannot lock their author out', patiently, async () => {
  pictureOnFailure(() => page, 'sign-in policy');
  await open('/sign-in-policy', 'Sign-in policy');
  await expectFit('the policy');
  await content().getByLabel('Hours that a session lasts').fill('0');
  await content().getByLabel('Hours that a session lasts').blur();
  await content().getByText('Enter a whole number from 1 to 720.').waitFor();
  await content().getByLabel('Hours that a session lasts').fill('9');
  await content()
    .getByLabel(/Allowed networks/)
    .fill('192.0.2.0/24');
  await content().getByRole('button', { name: 'Save changes' }).click();
  await content()
    .getByText(/would lock you out/)
    .waitFor();
  await expectFit('the policy refused');
  await content()
    .getByLabel(/Allowed networks/)
    .fill('192.0.2.0/33');
  await content().getByRole('button', { name: 'Save changes' }).click();
  await content()
    .getByRole('link', { name: /Allowed networks: Must be a network/ })
    .waitFor();
  await content()
    .getByLabel(/Allowed networks/)
    .fill('192.0.2.0/24 127.0.0.0/8');
  await content().getByRole('button', { name: 'Add this address' }).click();
  await content().getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The sign-in policy was saved.');
  const policy = (await place.call('GET', '/sign-in-policy')).body;
  expect(policy).toMatchObject({
    sessionHours: 9,
    allowedNetworks: ['192.0.2.0/24', '127.0.0.0/8', expect.stringMatching(/127|::1/)],
  });
  owner.expectQuiet();
});

test('a logo is chosen, and the sign-in page of the tenant shows it', patiently, async () => {
  pictureOnFailure(() => page, 'logo');
  await open('/sign-in-policy', 'Sign-in policy');
  await content().getByText('The sign-in page shows the name alone.').waitFor();
  const pictures = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 32;
    return ['image/png', 'image/jpeg', 'image/webp'].map((type) => canvas.toDataURL(type).split(',')[1] as string);
  });
  const choose = (base64: string) =>
    content()
      .getByLabel(/^Choose (a|another) picture/)
      .setInputFiles({ name: 'logo', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') });
  await choose(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64'));
  await content()
    .getByText(/^Must be a whole PNG, JPEG or WebP picture/)
    .waitFor();
  await choose('A'.repeat(140_000));
  await content().getByText('This file is larger than 100 KiB.').waitFor();
  await expectFit('a logo refused');

  const outsider = await visit({ url: product.url });
  for (const picture of pictures) {
    const replaced = page.waitForResponse((reply) => reply.request().method() === 'PUT');
    await choose(picture);
    expect((await replaced).status()).toBe(200);
    await outsider.page.goto(`/t/${place.id}/sign-in`);
    const shown = outsider.page.locator('img.logo');
    await shown.waitFor();
    expect(
      await shown.evaluate(async (image: HTMLImageElement) => {
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      }),
    ).toEqual([64, 32]);
    await content().getByRole('button', { name: 'Remove logo' }).waitFor();
  }
  await expectFit('a logo', outsider.page);
  await expectFit('a logo in the policy');
  await outsider.page.goto('/sign-in');
  await heading(outsider.page, /Sign in/).waitFor();
  expect(await outsider.page.locator('img.logo').count()).toBe(0);

  await content().getByRole('button', { name: 'Remove logo' }).click();
  await content().getByText('The sign-in page shows the name alone.').waitFor();
  outsider.expectQuiet();
  owner.expectQuiet();
});

test('who may only look sees the policy as text', patiently, async () => {
  const onlooker = await visit({ url: product.url });
  pictureOnFailure(() => onlooker.page, 'policy read-only');
  await enter(onlooker, await aPerson(product, place, 'Olga', ['identity-providers.view']));
  await open('/sign-in-policy', 'Sign-in policy', onlooker.page);
  await onlooker.page.getByText('This needs the permission identity-providers.change.').first().waitFor();
  expect(await onlooker.page.locator('#content input').count()).toBe(0);
  await expectFit('the policy, to be looked at', onlooker.page);
  await open('/sign-in-policy?tab=single-sign-on', 'Sign-in policy', onlooker.page);
  await expectFit('single sign-on, to be looked at', onlooker.page);
  onlooker.expectQuiet();
  await onlooker.context.close();
});

/** Another owner comes in through the provider, as a browser would. */
async function anOwnerThroughTheProvider() {
  const { id } = (
    await place.call('POST', '/identity-providers', {
      name: 'Hostile',
      type: 'oidc',
      oidc: { issuer: provider.issuer, clientId: 'client' },
      clientSecret: 'secret',
      admission: { createsAccounts: true },
    })
  ).body;
  const active = await place.call('POST', `/identity-providers/${id}/activate`);
  expect(active.status, active.text).toBe(200);
  const begin = `/v1/sign-in/oidc/${place.id}/${id}`;
  const away = await anyone('GET', `${begin}/start`);
  const to = new URL(away.headers.get('location') ?? 'none:');
  const cookie = away.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  provider.says.idToken = {
    iss: provider.issuer,
    aud: 'client',
    sub: 'kai',
    exp: seconds(300),
    iat: seconds(),
    nonce: to.searchParams.get('nonce'),
    email: 'kai@people.example',
    name: 'Kai Bridge',
    preferred_username: 'kai',
  };
  const back = await anyone('GET', `${begin}/callback?code=code&state=${to.searchParams.get('state')}`, undefined, {
    cookie,
  });
  expect(back.headers.get('location')).not.toContain('problem');
  const [kai] = (await place.call('GET', '/accounts?q=Kai')).body.items;
  const [owners] = (await place.call('GET', '/groups?q=Owners')).body.items;
  expect((await place.call('POST', `/groups/${owners.id}/members`, { accountIds: [kai.id] })).status).toBe(200);
}

test('single sign-on is required once each condition is met, codes are made, and one is tried', {
  timeout: 180_000,
}, async () => {
  pictureOnFailure(() => page, 'single sign-on');
  await open('/sign-in-policy?tab=single-sign-on', 'Sign-in policy');
  await expectFit('single sign-on, nothing met');
  const require = content().getByRole('button', { name: 'Require single sign-on' });
  expect(await require.getAttribute('aria-disabled')).toBe('true');
  await anOwnerThroughTheProvider();
  await open('/sign-in-policy?tab=single-sign-on', 'Sign-in policy');
  await expect.poll(() => content().locator('.step[data-done]').count()).toBe(2);

  await content().getByRole('button', { name: 'Make codes' }).click();
  await dialog().getByText('This is shown once. It cannot be fetched again.').waitFor();
  const codes = await dialog().locator('.codes code').allInnerTexts();
  expect(codes).toHaveLength(10);
  await expectFit('codes shown once');
  await dialog().getByLabel('I have stored it').check();
  await dialog().getByRole('button', { name: 'Done' }).click();
  await dialog().getByLabel('Emergency code').fill('AAAAA-AAAAA-AAAAA-AAAAA-AAAAA');
  await dialog().getByRole('button', { name: 'Try a code' }).click();
  await dialog().getByRole('alert').waitFor();
  await expectFit('a drill that failed');
  await dialog()
    .getByLabel('Emergency code')
    .fill((codes[0] as string).toLowerCase());
  await dialog().getByRole('button', { name: 'Try a code' }).click();
  await told(page, 'The code works. It is used up; you have 9 codes left.');
  expect(JSON.stringify(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }]))).not.toContain(
    codes[1],
  );

  await require.click();
  await expectFit('requiring it is confirmed');
  await dialog().getByRole('button', { name: 'Require single sign-on' }).click();
  await told(page, 'Single sign-on is required from now on. All owners were told.');
  await content().getByText('Nobody signs in by password, passkey or mailed link.').waitFor();
  await expectFit('single sign-on required');
  const refused = await anyone('POST', '/v1/sessions', { email: place.owner.email, password, tenantId: place.id });
  expect(refused.status).toBe(403);
  const entered = await anyone('POST', '/v1/sign-in/emergency-code', {
    tenantId: place.id,
    email: place.owner.email,
    code: codes[1],
  });
  expect(entered.status).toBe(201);
  const notices = (await place.call('GET', '/notices')).text;
  expect(notices).toContain('signed in by an emergency code');

  await content().getByRole('button', { name: 'Stop requiring it' }).click();
  await dialog().getByRole('button', { name: 'Stop requiring it' }).click();
  await content().getByText('Not required', { exact: true }).waitFor();
  owner.expectQuiet();
});

test('ownership is offered, accepted by the other person, and the operator stopped', { timeout: 120_000 }, async () => {
  pictureOnFailure(() => page, 'owners');
  const taker = await aPerson(product, place, 'Tove', []);
  await open('/owners', 'Owners');
  await content().getByText('Nobody offers ownership now.').waitFor();
  await expectFit('owners, nothing offered');
  await content().getByRole('button', { name: 'Offer ownership' }).click();
  await expect
    .poll(() =>
      dialog()
        .getByRole('radio', { name: /This is you/ })
        .isDisabled(),
    )
    .toBe(true);
  await dialog().getByRole('searchbox').fill('Tove');
  await dialog()
    .getByRole('radio', { name: /Tove Waters/ })
    .check();
  await dialog()
    .getByText(/^Gain something: 1/)
    .waitFor();
  await expectFit('ownership is offered');
  await dialog().getByRole('button', { name: 'Offer ownership' }).click();
  await told(page, 'Ownership was offered to Tove Waters. All owners were told.');
  await expectFit('owners, an offer waits');

  const other = await visit({ url: product.url });
  await enter(other, taker);
  await open('/owners', 'Owners', other.page);
  await expectFit('owners, an offer to me', other.page);
  await other.page.getByRole('button', { name: 'Accept ownership' }).click();
  await told(other.page, 'You are an owner now. All owners were told.');
  await other.page
    .getByRole('row', { name: /Tove Waters.*Accepted/ })
    .first()
    .waitFor();
  // Decided is decided: nothing of it ends any more.
  expect(await other.page.getByRole('row', { name: /Tove Waters.*Accepted/ }).innerText()).not.toContain('in 7 days');
  other.expectQuiet();
  await other.context.close();

  const begun = await product.asOperator('POST', `/v1/operator/tenants/${place.id}/ownership-recoveries`, {
    body: { email: 'robin@elsewhere.example', firstName: 'Robin', lastName: 'Return' },
  });
  expect(begun.status, begun.text).toBe(201);
  await open('', 'Home');
  await expectFit('home, the operator lets somebody in');
  await content().getByRole('link', { name: 'The operator lets somebody in as an owner, unless you stop it:' }).click();
  await heading(page, 'Owners').waitFor();
  await content().getByText('The operator is about to let Robin Return (robin@elsewhere.example) in').waitFor();
  await expectFit('owners, the operator lets somebody in');
  await content().getByRole('button', { name: 'Stop it' }).click();
  await dialog().getByRole('button', { name: 'Stop it' }).click();
  await told(page, 'Nobody is let in. All owners were told.');
  await content().getByText('Stopped').waitFor();
  owner.expectQuiet();
});
