import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start, until } from '../process.ts';
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

/** In which language a person, an account and an organisation are spoken to, and where it is chosen. */

let product: Product;
let place: Place;
let current: Page | undefined;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'languages');
}, 200_000);
beforeEach(({ task }) => pictureOnFailure(() => current, `languages ${task.name}`));

const patiently = { timeout: 90_000 };

async function browser(): Promise<Visit> {
  const seen = await visit({ url: product.url });
  current = seen.page;
  return seen;
}

test('who prefers German is spoken to in German, before and after signing in', patiently, async () => {
  const person = await aPerson(product, place, 'Gudrun', ['groups.view']);
  const seen = await browser();
  const { page } = seen;
  await enter(seen, person);
  await page.goto('/me');
  await page.getByText('Deutsch').click();
  await heading(page, 'Mein Profil').waitFor();
  await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe('de');
  await page.getByText('gerade eben').first().waitFor();
  expect(await page.getByText('just now').count()).toBe(0);
  await page.getByText('Mails an Sie kommen auf Deutsch;').waitFor();
  await picture(page, 'profile in German');
  await expectAccessible(page, 'profile in German');
  await expectNarrow(page, 'profile in German');
  // What the server says, too: why something is closed, and what is wrong with a field.
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('row').getByRole('link').first().click();
  await page.getByText('Dafür ist das Recht groups.change nötig.').first().waitFor({ state: 'attached' });
  await page.goto(`/t/${place.id}/sign-in`);
  await heading(page, `Anmelden bei ${place.displayName}`).waitFor();
  await expectNarrow(page, 'sign-in in German');
  await product.send('POST', '/v1/sign-in/links', { body: { email: person.email } });
  await until('a mail in German', async () => {
    const { body } = await product.asOperator('GET', `/v1/operator/outbox?to=${encodeURIComponent(person.email)}`);
    return body.items.some(({ subject }: { subject: string }) => subject === `Anmeldung bei ${place.displayName}`);
  });
  seen.expectQuiet();
});

test(
  'where the account cannot be changed now, who chooses a language is told why, and may have the pages in it',
  patiently,
  async () => {
    const place = await aTenant(product, 'still');
    const person = await aPerson(product, place, 'Stella', ['groups.view']);
    const seen = await browser();
    const { page } = seen;
    await enter(seen, person);
    await page.goto('/me');
    await page.getByText('Mails to you come in English').waitFor();
    expect((await product.asOperator('POST', `${place.path}/suspend`)).status).toBe(200);
    seen.expected.add(403);
    await page.getByText('Deutsch').click();
    await page
      .getByRole('alert')
      .getByText(/suspended/)
      .first()
      .waitFor();
    await page.getByText('So mails to you cannot come in Deutsch for now.').waitFor();
    await picture(page, 'language refused');
    await expectAccessible(page, 'language refused');
    await expectNarrow(page, 'language refused');
    expect((await product.asOperator('POST', `${place.path}/resume`)).status).toBe(200);
    await page.getByRole('button', { name: 'Show pages in Deutsch' }).click();
    await heading(page, 'Mein Profil').waitFor();
    await page.getByText('Mails an Sie kommen auf English;').waitFor();
    seen.expectQuiet();
  },
);

test('an owner chooses the language of mails, of the organisation and of a person', patiently, async () => {
  const place = await aTenant(product, 'tongues');
  const person = await aPerson(product, place, 'Greta', ['groups.view']);
  const seen = await browser();
  const { page } = seen;
  await enter(seen, place.owner);
  await page.goto(`/t/${place.id}/profile/edit`);
  await page.getByLabel('Language of mails').selectOption({ label: 'Deutsch' });
  await picture(page, 'language of the organisation');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The profile was saved.');
  expect((await place.call('GET')).body.language).toBe('de');

  await page.goto(`/t/${place.id}/accounts/${person.id}?tab=details`);
  await page.getByLabel('Language of mails').selectOption({ label: 'English' });
  await picture(page, 'language of an account');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The account was saved.');
  expect((await place.call('GET', `/accounts/${person.id}`)).body.language).toBe('en');
  seen.expectQuiet();
});
