import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { anOpenId, type OpenId } from '../openid.ts';
import { type Product, start } from '../process.ts';
import {
  expectAccessible,
  expectNarrow,
  heading,
  picture,
  pictureOnFailure,
  told,
  type Visit,
  visit,
} from './browser.ts';
import { aPerson, aTenant, enter, type Place } from './given.ts';

/** An identity provider from the empty list to the first person who comes in by it, at a real OpenID provider. */

let product: Product;
let openId: OpenId;
let place: Place;
let owner: Visit;
let page: Page;

const patiently = { timeout: 120_000 };
const content = (on: Page = page) => on.locator('#content');
const settled = (on: Page = page) => content(on).locator('.skeletons').first().waitFor({ state: 'detached' });
const tab = async (name: string) => {
  await page.getByRole('navigation', { name: 'Parts of the identity provider' }).getByRole('link', { name }).click();
  await settled();
};

async function expectFit(state: string, on: Page = page) {
  await picture(on, state);
  await expectAccessible(on, state);
  await expectNarrow(on, state);
}

beforeAll(async () => {
  openId = await anOpenId();
  product = await start({ env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  place = await aTenant(product, 'beacon');
  owner = await visit({ url: product.url, elsewhere: openId.issuer });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

test('nothing yet, then a product is chosen and its guide stands beside the fields', patiently, async () => {
  pictureOnFailure(() => page, 'providers new');
  await page.goto(`/t/${place.id}/identity-providers`);
  await page.getByRole('heading', { name: 'No identity provider yet' }).waitFor();
  await expectFit('no provider yet');
  await content().getByRole('link', { name: 'Add the first identity provider' }).click();
  await heading(page, 'Add an identity provider').waitFor();
  await expectFit('new provider');
  for (const name of ['Okta', 'Another product', 'Keycloak']) await page.getByLabel(name, { exact: true }).check();
  await page.getByLabel('SAML 2.0').check();
  await page.getByLabel('OpenID Connect').check();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Keycloak');
  await page.getByLabel('Name', { exact: true }).fill('Beacon sign-in');
  await page.getByRole('button', { name: 'Continue to the guide' }).click();
  await heading(page, 'Beacon sign-in').waitFor();
  await page.getByRole('heading', { name: 'Guide: Keycloak' }).waitFor();
  await page.getByRole('button', { name: 'Copy: Redirect URI' }).first().waitFor();
  for (const name of ['Microsoft Entra ID', 'Okta', 'Google Workspace', 'AD FS', 'Another product']) {
    await content().getByRole('navigation', { name: 'Guide for' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { name: `Guide: ${name}` }).waitFor();
  }
  await settled();
  await expectFit('guide and settings');
  owner.expectQuiet();
});

test('what is missing leads to its field; wrong ones are named at the field', patiently, async () => {
  pictureOnFailure(() => page, 'providers missing');
  await page.getByRole('button', { name: 'Name the client ID that the provider gave.' }).click();
  expect(await page.getByLabel('Client ID').evaluate((field) => field === document.activeElement)).toBe(true);
  owner.expected.add(400);
  await page.getByLabel('Issuer').fill('https://login.example.com/?realm=main');
  await page.getByLabel('Client ID').fill('console');
  const settings = page.getByRole('region', { name: 'Settings' });
  await settings.getByRole('button', { name: 'Save changes' }).click();
  await settings.getByText('Must not hold a query (?).').first().waitFor();
  await expectFit('a wrong issuer');
  owner.expected.delete(400);

  const { items } = (await place.call('GET', '/identity-providers')).body;
  const client = await openId.register(items[0].addresses.redirectUrl);
  await page.getByLabel('Issuer').fill(openId.issuer);
  await page.getByLabel('Client ID').fill(client.clientId);
  await settings.getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The settings were saved.');
  await page.getByRole('button', { name: 'Enter client secret' }).click();
  const panel = page.getByRole('dialog', { name: 'Client secret of Beacon sign-in' });
  await panel.getByLabel('Client secret', { exact: true }).fill('not the secret');
  await expectFit('entering the secret');
  await panel.getByRole('button', { name: 'Save changes' }).click();
  await panel.waitFor({ state: 'detached' });
  await page.getByText('Everything is filled in.').waitFor();
  // What was saved elsewhere on the page is no conflict of this form.
  await settings.getByText('More settings').click();
  await page.getByLabel('Scopes').fill('openid profile email groups');
  await settings.getByRole('button', { name: 'Save changes' }).click();
  await expect
    .poll(async () => (await place.call('GET', `/identity-providers/${items[0].id}`)).body.oidc.scopes, {
      timeout: 20_000,
    })
    .toContain('groups');
  owner.expectQuiet();

  // A secret that the provider does not know.
  await tab('Test sign-in');
  await page.getByText('No test yet').waitFor();
  await expectFit('no test yet');
  const [there] = await Promise.all([
    owner.context.waitForEvent('page'),
    content().getByRole('button', { name: 'Test the sign-in' }).click(),
  ]);
  await page.getByText('Sign in at the provider in the new window.').waitFor();
  await expectFit('a test waits');
  await openId.signIn(there, 'Ann');
  await there.getByText('The test failed').waitFor();
  await content().getByText('The test failed').waitFor();
  await expectFit('a test failed');
  await expectFit('the window of a test', there);
  await there.close();
  await page.getByRole('button', { name: 'Mend: Client secret' }).click();
  await page.getByRole('button', { name: 'Replace client secret' }).click();
  await panel.getByLabel('Client secret', { exact: true }).fill(client.clientSecret);
  await panel.getByLabel('The one before is tried too for').selectOption('0');
  await panel.getByLabel('Expires on').fill('2030-06-01');
  await panel.getByRole('button', { name: 'Save changes' }).click();
  await panel.waitFor({ state: 'detached' });
  owner.expectQuiet();
});

test('who comes in: the rule, groups of new accounts, groups by claim', patiently, async () => {
  pictureOnFailure(() => page, 'providers people');
  const night = (await place.call('POST', '/groups', { name: 'Night shift' })).body;
  await place.call('POST', '/groups', { name: 'Everybody' });
  await tab('Who comes in');
  await page.getByLabel('People without an account').selectOption('yes');
  await page.getByLabel('E-mail domains').fill('nowhere.example');
  await page.getByText('Nobody comes in by nowhere.example until you prove this domain').waitFor();
  await page.getByLabel('E-mail domains').fill('');
  await page.getByLabel('Accounts of provisioning').selectOption('external-id');
  await page.getByLabel('Claim that is compared').fill('sub');
  await expectFit('who comes in');
  await page.getByLabel('Accounts of provisioning').selectOption('none');
  await page.getByRole('region', { name: 'Who comes in' }).getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The rule was saved.');

  const joined = page.getByRole('region', { name: 'Groups of new accounts' });
  await joined.getByRole('button', { name: 'Add a group' }).click();
  const adding = page.getByRole('dialog', { name: 'Add a group' });
  await adding.getByLabel('Find a group').focus();
  await adding.getByRole('button', { name: /^Night shift/ }).waitFor();
  expect(await adding.getByText('Owners').count()).toBe(0);
  await adding.getByRole('button', { name: /^Everybody/ }).click();
  await expectFit('adding a group');
  await adding.getByRole('button', { name: 'Add', exact: true }).click();
  await joined.getByRole('link', { name: 'Everybody' }).waitFor();

  const mapped = page.getByRole('region', { name: 'Groups by claim' });
  await mapped.getByRole('button', { name: 'Map a value' }).click();
  const mapping = page.getByRole('dialog', { name: 'Map a value' });
  await mapping.getByLabel('Value of the claim').fill('nights');
  await mapping.getByLabel('Find a group').fill('Night');
  await mapping.getByRole('button', { name: /^Night shift/ }).click();
  await mapping.getByRole('button', { name: 'Add', exact: true }).click();
  await mapped.getByRole('link', { name: 'Night shift' }).waitFor();
  await mapped.getByRole('button', { name: 'Actions for nights: Night shift' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  const removing = page.getByRole('alertdialog');
  await removing.getByText('Nobody gains or loses anything.').waitFor();
  await expectFit('removing a mapping');
  await removing.getByRole('button', { name: 'Cancel' }).click();
  await mapped.getByRole('link', { name: 'Night shift' }).waitFor();
  const { admission } = (await place.call('GET', '/identity-providers')).body.items[0];
  expect(admission).toMatchObject({ createsAccounts: true, mappedGroups: [{ value: 'nights', groupId: night.id }] });
  await tab('Attributes');
  await expectFit('attributes');
  owner.expectQuiet();
});

test('a test passes and shows the claims and the account; then it is activated', patiently, async () => {
  pictureOnFailure(() => page, 'providers test');
  await tab('Test sign-in');
  const [there] = await Promise.all([
    owner.context.waitForEvent('page'),
    content().getByRole('button', { name: 'Test again' }).click(),
  ]);
  // The provider remembers who signed in a moment ago.
  await there.getByText('The test passed').waitFor();
  await content().getByText('The test passed', { exact: true }).waitFor();
  await content().getByText('An account would be made with this username.').waitFor();
  await content().getByText('ann@people.example').first().waitFor();
  await expectFit('a test passed');
  await there.close();
  await page.getByRole('button', { name: 'Activate' }).first().click();
  const asking = page.getByRole('alertdialog', { name: 'Activate Beacon sign-in?' });
  await expectFit('asking to activate');
  await asking.getByRole('button', { name: 'Activate' }).click();
  await page.getByText('Beacon sign-in is active').first().waitFor();
  expect((await place.call('GET', '/accounts?q=ann')).body.total).toBe(0);
  owner.expectQuiet();
});

test('a person comes in by it: the account is there, in its groups', patiently, async () => {
  const { startUrl } = (await place.call('GET', '/identity-providers')).body.items[0].addresses;
  const person = await visit({ url: product.url, elsewhere: openId.issuer });
  pictureOnFailure(() => person.page, 'providers sign-in');
  await person.page.goto(startUrl);
  await openId.signIn(person.page, 'Bea');
  await heading(person.page, 'Home').waitFor();
  person.expectQuiet();
  const found = (await place.call('GET', '/accounts?q=bea')).body.items[0];
  expect(found).toMatchObject({ displayName: 'Bea Example', email: 'bea@people.example', status: 'enabled' });
  expect(found.groups.map(({ name }: { name: string }) => name).sort()).toEqual(['Everybody', 'Night shift']);

  await tab('Linked people');
  await page.getByRole('rowheader').getByRole('link', { name: 'Bea Example' }).waitFor();
  await expectFit('linked people');
  await page.goto(`/t/${place.id}/identity-providers`);
  const row = page.getByRole('row').filter({ hasText: 'Beacon sign-in' });
  await row.getByText('Passed').waitFor();
  await row
    .getByText(/just now|seconds|minute/)
    .first()
    .waitFor();
  await expectFit('list of providers');
  await person.context.close();
  owner.expectQuiet();
});

test('who finds no seat is told so on the sign-in page, and nothing of the licence', patiently, async () => {
  const { startUrl } = (await place.call('GET', '/identity-providers')).body.items[0].addresses;
  const { users } = (await place.call('GET', '/licences/usage')).body;
  const tier = { code: 'full', name: 'Full', userLimit: users, transactionLimit: null, enforcement: 'hard' };
  const tiers = [{ graceDays: 0, renewalFrequency: 'year', isOffered: true, ...tier }];
  const offer = { region: 'eu', code: 'seats', name: 'Seats', description: '', isOffered: true, tiers };
  expect((await product.asOperator('POST', '/v1/operator/products', { body: offer })).status).toBe(201);
  const { id } = (await place.call('POST', '/licences', { name: 'All taken' })).body;
  const added = await place.call('POST', `/licences/${id}/subscriptions`, {
    tiers: [{ product: 'seats', tier: 'full' }],
  });
  expect(added.status, added.text).toBe(201);
  const person = await visit({ url: product.url, elsewhere: openId.issuer });
  pictureOnFailure(() => person.page, 'providers no room');
  await person.page.goto(startUrl);
  await openId.signIn(person.page, 'Cleo');
  await person.page.getByText('No account can be added at the moment. Ask your administrator.').first().waitFor();
  expect(await person.page.getByText('All taken').count()).toBe(0);
  await expectFit('no room', person.page);
  expect((await place.call('DELETE', `/licences/${id}`, undefined, { 'if-match': '*' })).status).toBe(204);
  await person.context.close();
});

test('an owner confirms whom an active provider finds, and stands behind it from then on', patiently, async () => {
  pictureOnFailure(() => page, 'providers confirm');
  const { id } = (await place.call('GET', '/identity-providers')).body.items[0];
  const admission = { matches: 'username', matchClaim: 'sub' };
  const changed = await place.call('PATCH', `/identity-providers/${id}`, { admission }, { 'if-match': '*' });
  expect(changed.status, changed.text).toBe(200);
  await page.goto(`/t/${place.id}/identity-providers/${id}?tab=people`);
  await heading(page, 'Beacon sign-in').waitFor();
  await page.getByText('It finds those who may do no more than who activated it or set this last.').waitFor();
  await expectFit('confirming whom it finds');
  await page.getByRole('button', { name: 'Confirm whom it finds' }).click();
  await told(page, 'Confirmed: you stand behind this provider now.');
  const { items } = (await place.call('GET', `/audit-entries?action=identity-providers.change&targetId=${id}`)).body;
  expect(items[0].actor).toMatchObject({ kind: 'account', id: place.owner.id });
  await place.call('PATCH', `/identity-providers/${id}`, { admission: { matches: 'none' } }, { 'if-match': '*' });
  await page.goto(`/t/${place.id}/identity-providers/${id}?tab=people`);
  await heading(page, 'Beacon sign-in').waitFor();
  await settled();
  expect(await page.getByRole('button', { name: 'Confirm whom it finds' }).count()).toBe(0);
  owner.expectQuiet();
});

test(
  'deactivated it lets nobody in and ends what came of it; a set-up link opens it to somebody else',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'providers link');
    await page.goto(`/t/${place.id}/identity-providers`);
    await page.getByRole('link', { name: 'Beacon sign-in' }).click();
    await heading(page, 'Beacon sign-in').waitFor();
    await settled();
    const acts = page.getByRole('region', { name: 'State and deletion' });
    expect(await acts.getByRole('button', { name: 'Delete identity provider' }).getAttribute('aria-disabled')).toBe(
      'true',
    );
    await expectFit('an active provider');
    await acts.getByRole('button', { name: 'Deactivate' }).click();
    const asking = page.getByRole('alertdialog', { name: 'Deactivate Beacon sign-in?' });
    await asking.getByText('Sessions that came of it end at once.').waitFor();
    await expectFit('asking to deactivate');
    await asking.getByRole('button', { name: 'Deactivate' }).click();
    await page.getByText('Beacon sign-in was deactivated.').first().waitFor();

    await acts.getByRole('button', { name: 'Make a set-up link' }).click();
    const shown = page.getByRole('dialog', { name: 'Set-up link' });
    const link = await shown.getByRole('textbox', { name: 'Link' }).inputValue();
    await expectFit('the set-up link');
    await shown.getByLabel('I have stored it').check();
    await shown.getByRole('button', { name: 'Done' }).click();
    await acts.getByText('The open link ends').waitFor();

    const helper = await visit({ url: product.url, elsewhere: openId.issuer });
    const far = helper.page;
    pictureOnFailure(() => far, 'providers set-up');
    await far.goto(link);
    await heading(far, 'Set up an identity provider').waitFor();
    await far.getByText(place.displayName).first().waitFor();
    await settled(far);
    await expectFit('behind a set-up link', far);
    await far.getByLabel('Audience').evaluate((field) => field.closest('details')?.setAttribute('open', ''));
    await far.getByLabel('Audience').fill('us');
    await far.getByRole('region', { name: 'Settings' }).getByRole('button', { name: 'Save changes' }).click();
    await told(far, 'The settings were saved.');
    await far.getByLabel('Audience').fill('');
    await far.getByRole('region', { name: 'Settings' }).getByRole('button', { name: 'Save changes' }).click();
    await expect
      .poll(async () => (await place.call('GET', '/identity-providers')).body.items[0].oidc.audience, {
        timeout: 20_000,
      })
      .toBe(null);
    const [window] = await Promise.all([
      helper.context.waitForEvent('page'),
      far.getByRole('button', { name: /Test/ }).click(),
    ]);
    await openId.signIn(window, 'Cleo');
    await window.getByRole('heading', { name: 'The test is over' }).waitFor();
    await far.getByText('You are done').waitFor();
    await expectFit('tested behind a set-up link', far);
    helper.expectQuiet();

    await acts.getByRole('button', { name: 'End the link' }).click();
    await page.getByText('The set-up link was ended.').first().waitFor();
    helper.expected.add(410);
    await far.reload();
    await far.getByText(/link/i).first().waitFor();
    await expectFit('a set-up link that is over', far);
    await helper.context.close();
    owner.expectQuiet();
  },
);

test('who may only look is told so, and nothing of it is a field', patiently, async () => {
  const olga = await aPerson(product, place, 'Olga', ['identity-providers.view']);
  const there = await visit({ url: product.url });
  pictureOnFailure(() => there.page, 'providers view only');
  await enter(there, olga);
  const { id } = (await place.call('GET', '/identity-providers')).body.items[0];
  for (const part of ['', '?tab=people', '?tab=attributes', '?tab=identities']) {
    await there.page.goto(`/t/${place.id}/identity-providers/${id}${part}`);
    await heading(there.page, 'Beacon sign-in').waitFor();
    await settled(there.page);
    if (part !== '?tab=identities') await content(there.page).getByText('View only').first().waitFor();
    expect(await content(there.page).getByRole('textbox').count()).toBe(0);
    await expectFit(`view only ${part}`, there.page);
  }
  there.expectQuiet();
  await there.context.close();
});

test('it is deleted for its typed name', patiently, async () => {
  pictureOnFailure(() => page, 'providers delete');
  const acts = page.getByRole('region', { name: 'State and deletion' });
  await acts.getByRole('button', { name: 'Delete identity provider' }).click();
  const asking = page.getByRole('alertdialog', { name: 'Delete Beacon sign-in?' });
  await asking.getByText('1 link with an account ends.').waitFor();
  await expectFit('asking to delete');
  await asking.getByRole('textbox').fill('Beacon sign-in');
  await asking.getByRole('button', { name: 'Delete identity provider' }).click();
  await page.getByRole('heading', { name: 'No identity provider yet' }).waitFor();
  owner.expectQuiet();
});

test(
  'SAML: metadata fills the form in; certificates and keys are shown, and the next key is made',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'providers saml');
    const other = (await place.call('POST', '/identity-providers', { name: 'Other', type: 'saml' })).body;
    const certificate = other.keys[0].certificate.replace(/-----[A-Z ]+-----|\s/g, '');
    const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
    const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.beacon.example/saml">
    <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
    <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data>
    </KeyInfo></KeyDescriptor><SingleSignOnService Binding="${redirect}" Location="https://idp.beacon.example/sso"/>
    </IDPSSODescriptor></EntityDescriptor>`;
    await page.goto(`/t/${place.id}/identity-providers/new`);
    await page.getByLabel('AD FS').check();
    await page.getByLabel('SAML 2.0').check();
    await page.getByRole('button', { name: 'Continue to the guide' }).click();
    await page.getByRole('heading', { name: 'Guide: AD FS' }).waitFor();
    const settings = page.getByRole('region', { name: 'Settings' });
    owner.expected.add(400);
    const file = (buffer: string) => ({ name: 'metadata.xml', mimeType: 'text/xml', buffer: Buffer.from(buffer) });
    await page.getByLabel('Read metadata from a file').setInputFiles(file('<html/>'));
    await settings
      .getByRole('alert')
      .getByText(/is not SAML 2.0 metadata/)
      .waitFor();
    owner.expected.delete(400);
    await page.getByLabel('Read metadata from a file').setInputFiles(file(metadata));
    await settings.getByText('The fields were filled in from the metadata.').waitFor();
    expect(await page.getByLabel('Entity ID of the provider').inputValue()).toBe('https://idp.beacon.example/saml');
    await settings.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Everything is filled in.').waitFor();
    await page.getByRole('region', { name: 'Certificates of the provider' }).getByRole('rowheader').first().waitFor();
    await settings.getByText('More settings').click();
    await expectFit('SAML settings');
    await page.getByRole('button', { name: 'Make the next key' }).click();
    await expectFit('asking for the next key');
    await page.getByRole('dialog').getByRole('button', { name: 'Make the next key' }).click();
    await page.getByRole('region', { name: 'Our keys' }).getByRole('rowheader').nth(1).waitFor();
    owner.expectQuiet();
  },
);
