import type { Page, Route } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start, until } from '../process.ts';
import { expectAccessible, expectNarrow, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Person, type Place } from './given.ts';

/** An access review from its beginning to its report, by an owner and by somebody who only answers for a group. */

let product: Product;
let place: Place;
let page: Page;
let owner: Visit;
let responsible: Person;
let network: string;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'reviews');
  responsible = await aPerson(product, place, 'Rae', []);
  const people = [];
  for (const name of ['Ann', 'Ben', 'Cem', 'Dua']) people.push((await aPerson(product, place, name, [])).id);
  network = (await place.call('POST', '/groups', { name: 'Network' })).body.id;
  await place.call('PUT', `/groups/${network}/grants`, { grants: [{ permission: 'audit.view' }] }, { 'if-match': '*' });
  await place.call('PATCH', `/groups/${network}`, { ownerId: responsible.id }, { 'if-match': '*' });
  await place.call('POST', `/groups/${network}/members`, { accountIds: people });
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `reviews ${task.name}`);
});

const patiently = { timeout: 90_000 };

const decide = async (on: Page, who: string, act: 'Keep' | 'Remove') => {
  await on.getByRole('button', { name: new RegExp(`^Actions for ${who}`) }).click();
  await on.getByRole('menuitem', { name: act }).click();
};

test('a review begins with who decides and until when', patiently, async () => {
  await page.goto(`/t/${place.id}/reviews`);
  await page.getByText('No access review yet').waitFor();
  await expectAccessible(page, 'no review');
  await picture(page, 'reviews none');
  await page.getByRole('link', { name: 'Begin a review' }).first().click();
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await page.getByText('Choose the last day.').first().waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Spring');
  await page.getByRole('searchbox', { name: 'Find groups' }).fill('Net');
  await page.getByRole('button', { name: /^Network/ }).click();
  await page.getByLabel('Last day').fill(new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10));
  await expectAccessible(page, 'a new review');
  await expectNarrow(page, 'a new review');
  await picture(page, 'reviews new');
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await heading(page, 'Spring').waitFor();
  await page.getByRole('row', { name: /Ann Waters/ }).waitFor();
  await expectAccessible(page, 'a review');
  await expectNarrow(page, 'a review');
  await picture(page, 'review open');
});

test('who answers for the group keeps and removes, and a removal waits for somebody who may', patiently, async () => {
  const rae = await visit({ url: product.url });
  await enter(rae, responsible);
  await rae.page.goto(`/t/${place.id}/reviews`);
  await rae.page.getByRole('link', { name: 'Spring' }).click();
  await rae.page.getByText('4 decisions wait for you.').waitFor();
  await decide(rae.page, 'Ann Waters', 'Keep');
  await rae.page.getByRole('textbox', { name: 'Reason' }).fill('Needs it.');
  await expectAccessible(rae.page, 'keeping');
  await rae.page.getByRole('button', { name: 'Keep', exact: true }).last().click();
  await rae.page.getByText('Rae Waters: Needs it.').waitFor();
  await decide(rae.page, 'Ben Waters', 'Remove');
  await rae.page.getByText('Lose something: 1 person').waitFor();
  await rae.page.getByRole('textbox', { name: 'Reason' }).fill('Left the team.');
  await expectAccessible(rae.page, 'removing');
  await expectNarrow(rae.page, 'removing');
  await picture(rae.page, 'review removing');
  await rae.page.getByRole('button', { name: 'Remove', exact: true }).last().click();
  await rae.page
    .getByText(/that needs the permission groups.change/)
    .first()
    .waitFor();
  await picture(rae.page, 'review as reviewer');
  expect(await rae.page.getByRole('link', { name: 'Settings' }).count()).toBe(0);
  rae.expectQuiet();
});

test('who may change groups does the removals that wait', patiently, async () => {
  await page.goto(page.url().split('?')[0] ?? '');
  await heading(page, 'Spring').waitFor();
  await page.getByRole('link', { name: 'Report' }).click();
  await page.getByRole('button', { name: 'Do 1 removal that waits' }).waitFor();
  await expectAccessible(page, 'a report');
  await expectNarrow(page, 'a report');
  await picture(page, 'review report');
  await page.getByRole('button', { name: 'Do 1 removal that waits' }).click();
  await page.getByText('The removals are being done.').first().waitFor();
  await until('Ben to be out', async () => {
    const { items } = (await place.call('GET', `/groups/${network}/members`)).body;
    return items.length === 3;
  });
});

test('ticked ones are decided together', patiently, async () => {
  await page.getByRole('link', { name: 'Who has what' }).click();
  await page.getByRole('checkbox', { name: /Cem Waters/ }).check();
  await page.getByRole('checkbox', { name: /Ben Waters/ }).check(); // is removed already
  await page
    .getByRole('region', { name: /ticked|Ticked|Bulk|acts/i })
    .getByRole('button', { name: 'Remove' })
    .click();
  await page.getByText('Remove 2 memberships?').waitFor();
  await page.getByText('Lose something: 1 person').waitFor();
  await page.getByRole('textbox', { name: 'Reason' }).fill('Unused.');
  await expectAccessible(page, 'removing several');
  await picture(page, 'review removing several');
  const asked: { url: string; isGivenUp: boolean }[] = [];
  const note = (isGivenUp: boolean) => (request: { url(): string }) => asked.push({ url: request.url(), isGivenUp });
  page.on('request', note(false));
  page.on('requestfailed', note(true));
  const looks = () => asked.filter(({ url }) => url.endsWith('/look')).map(({ isGivenUp }) => isGivenUp);
  const askAnew = () => page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
  const held: (() => void)[] = [];
  const hold = (route: Route) => void held.push(() => void route.continue().catch(() => {}));
  // It is asked once more when the act is sent: nobody waits for an answer, which would be that nothing is left to look at.
  await page.route(/\/look$/, hold);
  await askAnew();
  await until('the look to be asked again', () => looks().length > 0);
  // It is done, and the page does not know yet, when all that is shown is asked for again: the look at it is not.
  await page.route(/\/tasks\/[\w-]+$/, hold);
  await page.getByRole('button', { name: 'Remove', exact: true }).last().click();
  await until('Cem to be out', async () => {
    const { items } = (await place.call('GET', `/groups/${network}/members`)).body;
    return items.length === 2;
  });
  await until('the look to be given up', () => looks().at(-1));
  const before = looks();
  await askAnew();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.unrouteAll();
  for (const goOn of held) goOn();
  await page
    .getByText(/^Decided: 1 removed. 1 membership stays as it was/)
    .first()
    .waitFor();
  expect(looks()).toEqual(before);
});

test('a review is changed, and ended before its time', patiently, async () => {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByRole('radio', { name: 'Is removed' }).check();
  await expectAccessible(page, 'changing a review');
  await expectNarrow(page, 'changing a review');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').first().waitFor();
  await expectAccessible(page, 'settings of a review');
  await picture(page, 'review settings');
  await page.getByRole('button', { name: 'End the review' }).click();
  await expectAccessible(page, 'ending a review');
  await picture(page, 'review ending');
  await page.getByRole('button', { name: 'End the review' }).last().click();
  await page.getByText('This review is over.').waitFor();
  await page.getByRole('link', { name: 'Who has what' }).click();
  await page.getByRole('cell', { name: 'Left undecided' }).first().waitFor();
  await expectAccessible(page, 'a review that is over');
  await picture(page, 'review over');
  await page.goto(`/t/${place.id}/reviews`);
  await page.getByRole('row', { name: /Spring/ }).waitFor();
  await expectNarrow(page, 'reviews');
  await picture(page, 'reviews list');
  owner.expectQuiet();
});

test('a review of one namespace lists only what counts there', patiently, async () => {
  const { id: space } = (await place.call('POST', '/namespaces', { name: 'payments' })).body;
  await place.call('POST', '/namespaces', { name: 'logistics' });
  const { id: there } = (await place.call('POST', '/groups', { name: 'Payments developers' })).body;
  const grants = [{ permission: 'gateways.view', namespaceId: space }];
  await place.call('PUT', `/groups/${there}/grants`, { grants }, { 'if-match': '*' });
  const { id } = await aPerson(product, place, 'Eve', []);
  await place.call('POST', `/groups/${there}/members`, { accountIds: [id] });
  await page.goto(`/t/${place.id}/reviews`);
  await page.getByRole('link', { name: 'Begin a review' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Payments');
  const find = page.getByRole('searchbox', { name: 'Find namespaces' });
  await find.fill('none of these');
  await page.getByText('Nothing found', { exact: true }).waitFor();
  await find.fill('logi');
  await page.getByRole('button', { name: /^logistics/ }).click();
  await page.getByRole('button', { name: 'Take logistics out' }).click();
  await find.fill('pay');
  await page.getByRole('button', { name: /^payments/ }).click();
  await page.getByLabel('Last day').fill(new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10));
  await expectAccessible(page, 'a review of a namespace');
  await expectNarrow(page, 'a review of a namespace');
  await picture(page, 'reviews new namespace');
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await heading(page, 'Payments').waitFor();
  // The namespace of a grant by its name.
  await page
    .getByRole('row', { name: /Eve Waters/ })
    .getByText('Gateways: See gateways (In namespace payments)')
    .waitFor();
  expect(await page.getByRole('row', { name: /Ann Waters/ }).count()).toBe(0);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('1 namespace', { exact: true }).waitFor();
  owner.expectQuiet();
});
