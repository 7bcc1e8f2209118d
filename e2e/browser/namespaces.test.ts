import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Place } from './given.ts';

/** The settings of a namespace as a whole: duplicated, taken over, written to a file and read from one. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
let dev: { id: string };

const patiently = { timeout: 90_000 };
const toast = (words: string) => page.getByRole('region', { name: 'Messages' }).getByText(words);
const made = async (path: string, body: object) => (await place.call('POST', path, body)).body;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'settings-co', 'au');
  owner = await visit({ url: product.url });
  await enter(owner, place.owner);
  page = owner.page;
  dev = await made('/namespaces', { name: 'dev' });
}, 240_000);

test('with one namespace there is nothing to take over from', patiently, async () => {
  pictureOnFailure(() => page, 'settings alone');
  await page.goto(`/t/${place.id}/namespaces/${dev.id}?tab=settings`);
  await page.getByText('There is no other namespace yet.').waitFor();
  await expectAccessible(page, 'settings of the only namespace');
  await picture(page, 'namespaces settings-alone');
});

test('the list shows agent URLs and ids to whoever wants them', patiently, async () => {
  pictureOnFailure(() => page, 'namespaces columns');
  const [{ id, agentUrl }] = (await place.call('GET', '/namespaces')).body.items;
  await page.goto(`/t/${place.id}/namespaces`);
  await page.getByRole('row').nth(1).waitFor();
  expect(await page.getByText(agentUrl).count()).toBe(0);
  await page.goto(`/t/${place.id}/namespaces?show=agentUrl%2Cid`);
  await page.getByRole('cell', { name: agentUrl }).waitFor();
  await page.getByRole('cell', { name: id }).waitFor();
});

test('a namespace is duplicated with its gateways, and its keys are shown once', patiently, async () => {
  pictureOnFailure(() => page, 'namespace duplicated');
  const clerks = await made('/groups', { name: 'Order clerks' });
  const service = await made('/services', { name: 'orders', items: [{ name: '4711' }] });
  const at = `/namespaces/${dev.id}/gateways`;
  const gateway = await made(at, { name: 'main', prefix: '/erp' });
  const upstream = 'https://orders.internal:8443/api';
  await made(`${at}/${gateway.id}/routes`, { name: 'orders', pathPrefix: '/orders', serviceId: service.id, upstream });
  await made(`${at}/${gateway.id}/rules`, { serviceId: service.id, groupIds: [clerks.id] });

  await page.goto(`/t/${place.id}/namespaces`);
  await page.getByRole('button', { name: /Actions.*dev/ }).click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('pro d');
  await dialog.getByRole('button', { name: 'Duplicate' }).click();
  await dialog.getByText('Use 1 to 63 letters').first().waitFor();
  await dialog.getByLabel('Name').fill('prod');
  await expectAccessible(page, 'duplicate a namespace');
  await expectNarrow(page, 'duplicate a namespace');
  await picture(page, 'namespaces duplicate');
  await dialog.getByRole('button', { name: 'Duplicate' }).click();
  await dialog.getByText('Keys of prod').waitFor();
  await dialog.getByLabel(/stored/).check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await heading(page, 'prod').waitFor();
  const prod = (await place.call('GET', '/namespaces?q=prod')).body.items[0];
  expect((await place.call('GET', `/namespaces/${prod.id}/gateways`)).body.items).toMatchObject([
    { name: 'main', counts: { routes: 1, rules: 1 } },
  ]);
});

test('a difference is looked at, ticked and taken over', patiently, async () => {
  pictureOnFailure(() => page, 'difference taken over');
  const at = `/namespaces/${dev.id}/gateways`;
  const gateway = (await place.call('GET', at)).body.items[0];
  const [service] = (await place.call('GET', '/services')).body.items;
  const [route] = (await place.call('GET', `${at}/${gateway.id}/routes`)).body.items;
  const changed = { upstream: 'https://orders.internal:9443/api', responseTimeoutMs: 5000 };
  await place.call('PATCH', `${at}/${gateway.id}/routes/${route.id}`, changed, { 'if-match': '*' });
  const upstream = 'https://reports.internal';
  await made(`${at}/${gateway.id}/routes`, {
    name: 'reports',
    pathPrefix: '/reports',
    serviceId: service.id,
    upstream,
  });
  const [rule] = (await place.call('GET', `${at}/${gateway.id}/rules`)).body.items;
  await place.call('DELETE', `${at}/${gateway.id}/rules/${rule.id}`, undefined, { 'if-match': '*' });

  const prod = (await place.call('GET', '/namespaces?q=prod')).body.items[0];
  await page.goto(`/t/${place.id}/namespaces/${prod.id}?tab=settings`);
  await page.getByRole('combobox', { name: 'Take over from' }).selectOption({ label: 'dev' });
  await page.getByRole('row', { name: /Route orders.*Changes/ }).waitFor();
  await page.getByRole('button', { name: 'Take over 3 changes' }).waitFor();
  await expectAccessible(page, 'a comparison');
  await expectNarrow(page, 'a comparison');
  await picture(page, 'namespaces comparison');
  const everything = page.getByRole('checkbox', { name: 'Tick all rows of this page' });
  await everything.uncheck();
  const none = page.getByRole('button', { name: 'Take over 0 changes' });
  expect(await none.getAttribute('aria-disabled')).toBe('true');
  await page.getByText('Tick what is to be taken over.').first().waitFor({ state: 'attached' });
  await everything.check();
  await page
    .getByRole('row', { name: /Route orders/ })
    .getByRole('checkbox')
    .uncheck();
  await page.getByRole('button', { name: 'Take over 2 changes' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('Rule orders').waitFor();
  await expectAccessible(page, 'a promotion to confirm');
  await picture(page, 'namespaces promotion');
  await dialog.getByRole('button', { name: 'Take over 2 changes' }).click();
  await toast('prod has the changes.').waitFor();
  await page.getByRole('button', { name: 'Take over 1 change' }).click();
  // Somebody changes it between the look and the act.
  await place.call('PATCH', `${at}/${gateway.id}`, { description: 'meanwhile' }, { 'if-match': '*' });
  await dialog.getByRole('button', { name: 'Take over 1 change' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('The settings changed since you looked.').waitFor();
  await picture(page, 'namespaces stale-look');
  await page.getByRole('button', { name: 'Take over 2 changes' }).click();
  await dialog.getByRole('button', { name: 'Take over 2 changes' }).click();
  await page.getByText('Nothing differs.').waitFor();
  await picture(page, 'namespaces same');
});

test('settings leave as a file and come from one; what is in the way is named', patiently, async () => {
  pictureOnFailure(() => page, 'settings file');
  await page.goto(`/t/${place.id}/namespaces/${dev.id}?tab=settings`);
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export settings' }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe('dev.json');
  const settings = JSON.parse(readFileSync(await saved.path(), 'utf8'));
  expect(settings).toMatchObject({ format: 'bailiwick-namespace', gateways: [{ name: 'main' }] });

  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  const choose = async (text: string) => {
    writeFileSync(join(folder, 'file.json'), text);
    await page.getByLabel('File to import').setInputFiles([]);
    await page.getByLabel('File to import').setInputFiles(join(folder, 'file.json'));
  };
  await choose('not a file of ours');
  await page.getByText('This file is not JSON.').waitFor();
  await choose(JSON.stringify({ ...settings, version: 7 }));
  await page.getByText('this file is of another version').waitFor();
  await picture(page, 'namespaces file-of-another-version');
  settings.gateways[0].identityProvider = 'Nobody';
  settings.gateways[0].description = 'from a file';
  settings.gateways.push({ name: 'second', prefix: '/second', routes: [settings.gateways[0].routes[0]] });
  await choose(JSON.stringify(settings));
  await page.getByText('There is no OpenID Connect provider named Nobody here.').waitFor();
  await expectAccessible(page, 'an import with something in the way');
  await expectNarrow(page, 'an import with something in the way');
  await picture(page, 'namespaces import-obstacle');
  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).uncheck();
  // A route does not come without its gateway: it counts, is shown as what it is, and named.
  const boxOf = (name: RegExp) => page.getByRole('row', { name }).getByRole('checkbox');
  await boxOf(/Route .*second/).check();
  await page.getByText('Taken over too, because others that are ticked need it: Gateway second.').waitFor();
  expect(await boxOf(/Gateway second/).isChecked()).toBe(true);
  await page.getByRole('button', { name: 'Take over 2 changes' }).waitFor();
  await expectNarrow(page, 'an import with what others need');
  await picture(page, 'namespaces import-needs');
  await boxOf(/Route .*second/).uncheck();
  await boxOf(/Gateway second/).check();
  await page.getByRole('button', { name: 'Take over 1 change' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Take over 1 change' }).click();
  await toast('dev has the changes.').waitFor();
  expect((await place.call('GET', `/namespaces/${dev.id}/gateways`)).body.total).toBe(2);
});

test('a protected namespace asks for its name before something in it is changed', patiently, async () => {
  pictureOnFailure(() => page, 'protected namespace');
  await page.goto(`/t/${place.id}/namespaces/${dev.id}`);
  await page.getByRole('button', { name: 'Protect this namespace' }).click();
  await toast('dev is protected.').waitFor();
  await page.getByRole('button', { name: 'Stop protecting it' }).waitFor();
  await expectAccessible(page, 'a protected namespace');
  await expectNarrow(page, 'a protected namespace');
  await picture(page, 'namespaces protected');
  await page.getByLabel('Description').fill('changed on purpose');
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('This namespace is protected.').waitFor();
  await expectAccessible(page, 'the name of a protected namespace');
  await picture(page, 'namespaces type-name');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('The namespace dev is protected').first().waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('textbox').fill('dev');
  await dialog.getByRole('button', { name: 'Make the change' }).click();
  await toast('The namespace was saved.').waitFor();
  await page.getByRole('button', { name: 'Stop protecting it' }).click();
  await dialog.getByRole('textbox').fill('dev');
  await dialog.getByRole('button', { name: 'Make the change' }).click();
  await toast('dev is not protected any more.').waitFor();
  expect((await place.call('GET', `/namespaces/${dev.id}`)).body).toMatchObject({
    protection: 'none',
    description: 'changed on purpose',
  });
});

test('who may only look compares and exports, and is told why it takes nothing over', patiently, async () => {
  const person = await aPerson(product, place, 'Lena', ['gateways.view', 'namespaces.view']);
  const looker = await visit({ url: product.url, colours: 'dark' });
  pictureOnFailure(() => looker.page, 'settings looked at');
  await enter(looker, person);
  await looker.page.goto(`/t/${place.id}`);
  await looker.page.getByText('You cannot see here').waitFor();
  expect(await looker.page.getByText('You have no rights here yet').count()).toBe(0);
  await looker.page.goto(`/t/${place.id}/namespaces/${dev.id}?tab=settings`);
  await looker.page.getByRole('combobox', { name: 'Take over from' }).selectOption({ label: 'prod' });
  await looker.page.getByText('Only this was compared').waitFor();
  const button = looker.page.getByRole('button', { name: /^Take over \d/ });
  expect(await button.getAttribute('aria-disabled')).toBe('true');
  await expectAccessible(looker.page, 'a comparison, looked at in the dark');
  await picture(looker.page, 'namespaces read-only');
});

test('in German', patiently, async () => {
  const german = await visit({ url: product.url });
  pictureOnFailure(() => german.page, 'settings in German');
  await enter(german, await aPerson(product, place, 'Jonas', ['gateways.view', 'namespaces.view']));
  await german.page.goto('/me');
  await german.page.getByText('Deutsch').click();
  await heading(german.page, 'Mein Profil').waitFor();
  await german.page.goto(`/t/${place.id}/namespaces/${dev.id}?tab=settings`);
  await german.page.getByRole('combobox', { name: 'Übernehmen aus' }).selectOption({ label: 'prod' });
  await german.page.getByText('Nur das wurde verglichen').waitFor();
  await expectNarrow(german.page, 'a comparison in German');
  await picture(german.page, 'namespaces comparison-German');
});
