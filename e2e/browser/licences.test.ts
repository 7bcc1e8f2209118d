import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
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
import { aFile, vendorKeys } from './licence-files.ts';

/** Licences as administrators see them: from none at all to a limit that is reached, and who is billed. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
let namespaceId: string;

const patiently = { timeout: 90_000 };
const choose = (contents: string, name = 'licence.jws') =>
  page.getByLabel('Licence file', { exact: true }).setInputFiles({
    name,
    mimeType: 'application/jose',
    buffer: Buffer.from(contents),
  });

const done = <T extends { status: number; text: string }>(reply: T) => {
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply;
};

beforeAll(async () => {
  product = await start({ env: { BAILIWICK_LICENCE_KEYS: vendorKeys(), BAILIWICK_BILLING: 'on' } });
  place = await aTenant(product, 'licensed-co', 'au');
  namespaceId = done(await place.call('POST', '/namespaces', { name: 'prod' })).body.id;
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

test('without a licence nothing is limited, and the page says so and which ways in there are', patiently, async () => {
  pictureOnFailure(() => page, 'licences empty');
  await page.goto(`/t/${place.id}`);
  await page.getByRole('link', { name: 'Licences' }).click();
  await heading(page, 'Licences').waitFor();
  await page.getByText(/Nothing is limited without one.*Upload a file that a vendor signed/).waitFor();
  await expectAccessible(page, 'no licence');
  await expectNarrow(page, 'no licence');
  await picture(page, 'licences empty');
});

test(
  'a file is refused by what is wrong with it, shown before it is in force, and put in force',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'licences upload');
    owner.expected.add(400);
    await page.goto(`/t/${place.id}/licences`);
    await page.getByRole('link', { name: 'Upload a licence file' }).click();
    await choose('no licence at all');
    await page.getByText('This is no licence file: it has three parts').first().waitFor();
    await choose('x'.repeat(100_001));
    await page.getByText('larger than any licence file').first().waitFor();
    await choose(aFile(randomUUID(), { userLimit: 2 }));
    await page.getByRole('button', { name: 'Put it in force' }).click();
    await page
      .getByText(/another tenant/)
      .first()
      .waitFor();
    await expectAccessible(page, 'a licence file that is refused');
    await picture(page, 'licences refused file');

    await choose(aFile(place.id, { userLimit: 2 }));
    const preview = page.getByRole('region', { name: 'What the file says' });
    await preview.getByText('L-2026-7').waitFor();
    await preview.getByText(/2 users, 1,000,000 transactions a month/).waitFor();
    await expectAccessible(page, 'a licence file before it is in force');
    await expectNarrow(page, 'a licence file before it is in force');
    await picture(page, 'licences file');
    await page.getByRole('button', { name: 'Put it in force' }).click();
    await told(page, 'Platform licence is in force as its file says.');
    await heading(page, 'Platform licence').waitFor();
    await page.getByText('OLD-KEY-7').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Main licence');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await heading(page, 'Main licence').waitFor();
    await expectAccessible(page, 'a licence');
    await expectNarrow(page, 'a licence');
    await picture(page, 'licences licence');

    await page.getByRole('link', { name: /^Subscriptions/ }).click();
    await page.getByRole('row', { name: /S-1.*Active/ }).waitFor();
    await page.getByText('Its subscriptions come with its file').waitFor();
    await expectAccessible(page, 'subscriptions of a file');
    await expectNarrow(page, 'subscriptions of a file');
    await picture(page, 'licences subscriptions of a file');
  },
);

test('it is assigned to a namespace, and each shows the other', patiently, async () => {
  pictureOnFailure(() => page, 'licences assigned');
  const id = await licenceId();
  await page.goto(`/t/${place.id}/licences/${id}?tab=namespaces`);
  await page.getByLabel('prod').check();
  await expectAccessible(page, 'an assignment');
  await expectNarrow(page, 'an assignment');
  await picture(page, 'licences assignment');
  await page.getByRole('button', { name: 'Save the assignment' }).click();
  await told(page, 'Assignment saved.');
  await page.goto(`/t/${place.id}/namespaces/${namespaceId}`);
  const section = page.getByRole('region', { name: 'Licence', exact: true });
  await section.getByText('Active', { exact: true }).waitFor();
  await expectAccessible(page, 'the licence of a namespace');
  await expectNarrow(page, 'the licence of a namespace');
  await picture(page, 'licences of a namespace');
  await section.getByRole('link', { name: /licence$/ }).click();
  await page.getByText('Legacy licence key').waitFor();
});

test('a namespace’s licence is chosen, changed and taken away on its page', patiently, async () => {
  pictureOnFailure(() => page, 'licences chosen');
  const file = await licenceId();
  const name = `Other ${randomUUID().slice(0, 8)}`;
  const number = `L-${name}`;
  done(await place.call('POST', '/licences/files', { file: aFile(place.id, { number, name, userLimit: 9 }) }));
  done(await place.call('PUT', `/licences/${file}/namespaces`, { namespaceIds: [namespaceId] }, { 'if-match': '*' }));
  await page.goto(`/t/${place.id}/namespaces/${namespaceId}`);
  const section = page.getByRole('region', { name: 'Licence', exact: true });
  const choice = section.getByLabel('Licence of this namespace');
  const save = () => section.getByRole('button', { name: 'Save changes' }).click();
  await choice.selectOption('');
  await save();
  await section.getByText('This namespace has no licence. Its transactions are not limited.').waitFor();
  await expectAccessible(page, 'the choice of a licence');
  await expectNarrow(page, 'the choice of a licence');
  await picture(page, 'licences choice');
  await choice.selectOption(file);
  await save();
  await section.getByRole('link', { name: /licence$/ }).waitFor();
  await choice.selectOption({ label: `${name} (Active)` });
  await save();
  await section.getByRole('link', { name }).waitFor();
  expect(done(await place.call('GET', `/licences/${file}`)).body.namespaces).toEqual([]);
  const { items } = done(await place.call('GET', `/licences?q=${encodeURIComponent(name)}`)).body;
  done(await place.call('DELETE', `/licences/${items[0].id}`, undefined, { 'if-match': '*' }));
});

test('a protected namespace asks for its name before its licence changes', patiently, async () => {
  pictureOnFailure(() => page, 'licences protected');
  const file = await licenceId();
  owner.expected.add(428);
  const dialog = page.getByRole('alertdialog');
  const namespacesNow = async () => done(await place.call('GET', `/licences/${file}`)).body.namespaces;
  const second = done(await place.call('POST', '/namespaces', { name: 'stage' })).body.id;
  const both = [namespaceId, second];
  done(await place.call('PUT', `/licences/${file}/namespaces`, { namespaceIds: both }, { 'if-match': '*' }));
  for (const id of both)
    done(await place.call('PATCH', `/namespaces/${id}`, { protection: 'name' }, { 'if-match': '*' }));

  await page.goto(`/t/${place.id}/namespaces/${namespaceId}`);
  const section = page.getByRole('region', { name: 'Licence', exact: true });
  await section.getByLabel('Licence of this namespace').selectOption('');
  await section.getByRole('button', { name: 'Save changes' }).click();
  await dialog.getByText('This namespace is protected.').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await section.getByText('The namespace prod is protected').first().waitFor();
  expect(await namespacesNow()).toHaveLength(2);

  await page.goto(`/t/${place.id}/licences/${file}?tab=namespaces`);
  await page.getByLabel('prod').uncheck();
  await page.getByLabel('stage').uncheck();
  await page.getByRole('button', { name: 'Save the assignment' }).click();
  await dialog.getByText('These namespaces are protected.').waitFor();
  await expectAccessible(page, 'the names of two protected namespaces');
  await expectNarrow(page, 'the names of two protected namespaces');
  await picture(page, 'licences type-names');
  await dialog.getByRole('textbox').fill('prod,stage');
  await dialog.getByRole('button', { name: 'Make the change' }).click();
  await told(page, 'Assignment saved.');
  expect(await namespacesNow()).toEqual([]);
  for (const [at, id] of both.entries()) {
    const name = at === 0 ? 'prod' : 'stage';
    const headers = { 'if-match': '*', 'x-bailiwick-confirm': name };
    done(await place.call('PATCH', `/namespaces/${id}`, { protection: 'none' }, headers));
  }
});

/** The one that the file brought, put in force if no step before did. */
async function licenceId(): Promise<string> {
  const { items } = done(await place.call('GET', '/licences?q=licence')).body;
  const found = items.find(({ source }: { source: string }) => source === 'file');
  if (found) return found.id;
  return done(await place.call('POST', '/licences/files', { file: aFile(place.id, { userLimit: 2 }) })).body.id;
}

test('what is used is seen against the limit, and at the limit what happens is said', patiently, async () => {
  pictureOnFailure(() => page, 'licences usage');
  await licenceId();
  await aPerson(product, place, 'Second', ['licences.view']);
  const refused = await place.call('POST', '/accounts', {
    email: `third@${place.owner.email.split('@')[1]}`,
    firstName: 'Third',
    lastName: 'Waters',
  });
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain('all seats are taken');
  await page.goto(`/t/${place.id}/licences`);
  await page.getByText(/Users · Platform: 2 of 2 \(100\s%\)/).waitFor();
  await expectAccessible(page, 'licences at a limit');
  await expectNarrow(page, 'licences at a limit');
  await picture(page, 'licences list');
  await page.getByRole('navigation', { name: 'Licences' }).getByRole('link', { name: 'Usage' }).click();
  await page.getByRole('row', { name: /Users.*2 of 2.*Limit reached.*no account is added or enabled/ }).waitFor();
  await page.getByRole('row', { name: /Transactions.*0 of 1,000,000.*Within the limit.*then refuse/ }).waitFor();
  await page.getByText(/2 users at most/).waitFor();
  await expectAccessible(page, 'usage');
  await expectNarrow(page, 'usage');
  await picture(page, 'licences usage');
  await page.getByRole('button', { name: 'View as table' }).click();
  await page.getByRole('columnheader', { name: 'Users at most' }).waitFor();
  await expectAccessible(page, 'usage as a table');
  await expectNarrow(page, 'usage as a table');
  await page.getByLabel('Range').selectOption('year');
  await page.getByRole('columnheader', { name: 'Month' }).waitFor();
  expect(new URL(page.url()).searchParams.get('range')).toBe('year');
  await page.getByLabel('Range').selectOption('all');
  await page.getByText('No transaction in 26 months.').waitFor();
  await expectAccessible(page, 'usage of all months');
  await expectNarrow(page, 'usage of all months');
  await picture(page, 'licences usage table of months');
  await page.getByRole('button', { name: 'View as chart' }).click();
  await picture(page, 'licences usage of months');
  await page.goto(`/t/${place.id}/licences?tab=usage&range=decade`);
  await page.getByRole('heading', { name: 'Users a day' }).waitFor();
  owner.expectQuiet();
});

test(
  'without a billing profile nothing is added; a card number is refused; then a subscription is',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'licences billing');
    owner.expected.add(400).add(409).add(403);
    done(
      await product.asOperator('POST', '/v1/operator/products', {
        body: {
          region: 'au',
          code: `gateways-${randomUUID().slice(0, 8)}`,
          name: 'Gateways',
          description: 'Requests to your own systems.',
          isOffered: true,
          tiers: (['soft', 'hard'] as const).map((enforcement) => ({
            code: enforcement,
            name: enforcement === 'soft' ? 'Relaxed' : 'Strict',
            userLimit: null,
            transactionLimit: enforcement === 'soft' ? null : 50_000,
            enforcement,
            graceDays: 7,
            renewalFrequency: enforcement === 'soft' ? 'year' : 'month',
            isOffered: true,
          })),
        },
      }),
    );
    await page.goto(`/t/${place.id}/licences`);
    await page.getByRole('link', { name: 'New licence' }).click();
    await page.getByText('No active billing profile found').first().waitFor();
    await expectAccessible(page, 'a licence without a billing profile');
    await expectNarrow(page, 'a licence without a billing profile');
    await picture(page, 'licences gate');
    await page.getByRole('link', { name: 'Add a billing profile' }).click();
    await page.getByLabel('Reference').fill('4111 1111 1111 1111');
    await page.getByLabel('Currency').fill('AUD');
    await page.getByLabel('Contact', { exact: true }).fill('Grace Waters');
    await page.getByLabel('Contact e-mail').fill('billing@licensed-co.example');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page
      .getByText(/the number of a card, which is kept nowhere here/)
      .first()
      .waitFor();
    await expectAccessible(page, 'a billing profile with a card number');
    await picture(page, 'licences card number');
    await page.getByLabel('Reference').fill('CUST-0042');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await told(page, 'Billing profile saved.');
    const since = page.getByText('Active since').locator('xpath=ancestor::*[dd or self::div][1]');
    await since.getByText(String(new Date().getFullYear())).first().waitFor();
    await expectNarrow(page, 'a billing profile');
    await picture(page, 'licences billing profile');

    await page.goto(`/t/${place.id}/licences/new`);
    await page.getByLabel('Name', { exact: true }).fill('From the catalogue');
    await page.getByRole('dialog').getByRole('button', { name: 'New licence' }).click();
    await page.getByText('Until there is one, this licence allows and limits nothing.').waitFor();
    await page.getByRole('button', { name: 'Add a subscription' }).click();
    await page.getByLabel(/Strict/).check();
    await expectAccessible(page, 'tiers to choose from');
    await expectNarrow(page, 'tiers to choose from');
    await picture(page, 'licences tiers');
    await page.getByRole('button', { name: 'Add subscription' }).click();
    await told(page, 'Subscription 0001 is active.');
    await page.getByLabel('Renewed at its end: 0001').click();
    await told(page, 'Subscription 0001 is over at its end.');
    await expectAccessible(page, 'subscriptions');
    await expectNarrow(page, 'subscriptions');
    await picture(page, 'licences subscriptions');
    await page.getByRole('button', { name: 'Actions for 0001' }).click();
    await page.getByRole('menuitem', { name: 'Delete subscription' }).click();
    await page.getByRole('button', { name: 'Delete subscription' }).click();
    await told(page, 'Subscription 0001 is deleted.');
    await page.getByRole('link', { name: 'Details' }).click();
    await page.getByRole('button', { name: 'Delete licence' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete licence' }).click();
    await told(page, 'From the catalogue is deleted.');
  },
);

test('who may only look sees why nothing can be changed; in German', patiently, async () => {
  const elsewhere = await aTenant(product, `looks-${randomUUID().slice(0, 8)}`, 'au');
  const reader = await aPerson(product, elsewhere, 'Reader', ['licences.view', 'tenant.view']);
  const file = aFile(elsewhere.id, { userLimit: 50 });
  const { id } = done(await elsewhere.call('POST', '/licences/files', { file })).body;
  const visitor = await visit({ url: product.url });
  visitor.expected.add(403);
  const looking = visitor.page;
  pictureOnFailure(() => looking, 'licences read-only');
  await enter(visitor, reader);
  await looking.goto(`/t/${elsewhere.id}/licences`);
  await looking.getByRole('link', { name: 'Platform licence' }).waitFor();
  await looking.getByRole('button', { name: 'Upload a licence file' }).waitFor();
  await looking.getByRole('link', { name: 'Platform licence' }).click();
  await looking.getByText('Legacy licence key').waitFor();
  expect(await looking.getByRole('button', { name: 'Save changes' }).count()).toBe(0);
  await expectAccessible(looking, 'a licence that one may only look at');
  await expectNarrow(looking, 'a licence that one may only look at');
  await picture(looking, 'licences read-only');
  await looking.goto(`/t/${elsewhere.id}/licences/${id}?tab=namespaces`);
  await looking.getByText('It is assigned to no namespace.').waitFor();

  await looking.goto('/me');
  await looking.getByText('Deutsch').click();
  await heading(looking, 'Mein Profil').waitFor();
  await looking.goto(`/t/${elsewhere.id}/licences?tab=usage`);
  await looking.getByText('Innerhalb der Grenze').first().waitFor();
  await expectAccessible(looking, 'usage in German');
  await expectNarrow(looking, 'usage in German');
  await picture(looking, 'licences usage German');
  await looking.goto(`/t/${elsewhere.id}/licences/${id}?tab=subscriptions`);
  await looking.getByText(/harte Grenze, 14 Tage Nachfrist/).waitFor();
  await expectNarrow(looking, 'subscriptions in German');
});
