import { createHmac } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { newTenant } from '../http.ts';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, pictureOnFailure, told, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, linkTo, type Person, type Place, password } from './given.ts';
import { byKeyboard } from './keyboard.ts';

/** Local sign-in by hand: passkeys by the browser's own virtual authenticator, authenticator apps, links by mail. */

let product: Product;
let place: Place;
let current: Page | undefined;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'doors');
}, 200_000);
beforeEach(({ task }) => pictureOnFailure(() => current, `sign-in ${task.name}`));

const patiently = { timeout: 90_000 };

/** A browser of its own; with `passkeys`, one that holds them and agrees to everything. */
async function browser({ passkeys = false } = {}): Promise<Visit> {
  const seen = await visit({ url: product.url });
  current = seen.page;
  if (passkeys) {
    const devtools = await seen.context.newCDPSession(seen.page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }
  return seen;
}

/** RFC 6238 with SHA-1, 30 seconds, six digits. */
function codeOf(secret: string, step = Math.floor(Date.now() / 30_000)): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/\s/g, '')].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'));
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = (mac[19] as number) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function typeAddress(page: Page, email: string) {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function signIn(page: Page, { email }: Person, typed = password) {
  await typeAddress(page, email);
  await page.getByLabel('Password', { exact: true }).fill(typed);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page) {
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in').waitFor();
}

const storeCodes = async (page: Page): Promise<string[]> => {
  const dialog = page.getByRole('dialog', { name: 'Your recovery codes' });
  await dialog.getByRole('listitem').first().waitFor();
  const codes = await dialog.getByRole('listitem').allInnerTexts();
  await expectAccessible(page, 'recovery codes');
  await dialog.getByLabel('I have stored it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  return codes.map((code) => code.trim());
};

/** Adds an authenticator app on the profile. @returns its secret and the recovery codes */
async function addApp(page: Page) {
  await page.goto('/me');
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an authenticator app' });
  const secret = await dialog.locator('.totp-secret code').innerText();
  await expectAccessible(page, 'authenticator app');
  await expectNarrow(page, 'authenticator app');
  await dialog.getByLabel('Code that the app shows').fill(codeOf(secret));
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  return { secret, codes: await storeCodes(page) };
}

test('a passkey is added on the profile and signs in without a password', patiently, async () => {
  const person = await aPerson(product, place, 'Pia', ['groups.view']);
  const seen = await browser({ passkeys: true });
  const { page } = seen;
  await signIn(page, person);
  await heading(page, 'Home').waitFor();
  await page.goto('/me');
  await page.getByText('No second factor yet').waitFor();
  await expectAccessible(page, 'profile without factors');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name of the passkey').fill('Laptop');
  await page.getByRole('button', { name: 'Continue' }).click();
  expect((await storeCodes(page)).length).toBeGreaterThanOrEqual(8);
  await page
    .getByRole('rowheader', { name: 'Laptop' })
    .or(page.getByRole('cell', { name: 'Laptop' }))
    .first()
    .waitFor();
  await expectNarrow(page, 'profile with a passkey');
  await signOut(page);

  await typeAddress(page, person.email);
  await expectAccessible(page, 'ways to sign in');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await heading(page, 'Home').waitFor();
  seen.expectQuiet();
});

test(
  'an authenticator app is asked beside the password; a recovery code stands in for it, once',
  patiently,
  async () => {
    const person = await aPerson(product, place, 'Theo', ['groups.view']);
    const seen = await browser();
    const { page } = seen;
    await signIn(page, person);
    await heading(page, 'Home').waitFor();
    const { secret, codes } = await addApp(page);
    await signOut(page);

    await signIn(page, person);
    await heading(page, 'One more step').waitFor();
    await expectAccessible(page, 'second factor');
    await expectNarrow(page, 'second factor');
    seen.expected.add(401).add(403);
    await page.getByLabel('Code of your authenticator app').fill('000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    // No code counts twice: this one is of the next step, which the clock may be ahead by.
    await page.getByLabel('Code of your authenticator app').fill(codeOf(secret, Math.floor(Date.now() / 30_000) + 1));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Home').waitFor();
    await signOut(page);

    for (const isFirst of [true, false]) {
      await signIn(page, person);
      await page.getByRole('button', { name: 'Use a recovery code' }).click();
      await page.getByLabel('Recovery code').fill(codes[0] as string);
      await page.getByRole('button', { name: 'Sign in' }).click();
      if (isFirst) {
        await heading(page, 'Home').waitFor();
        await signOut(page);
      } else await page.getByRole('alert').waitFor();
    }
    seen.expectQuiet();
  },
);

test('a forgotten password is set anew by a link; sessions elsewhere end', patiently, async () => {
  const person = await aPerson(product, place, 'Fia', ['groups.view']);
  const elsewhere = await browser();
  await signIn(elsewhere.page, person);
  await heading(elsewhere.page, 'Home').waitFor();

  const seen = await browser();
  const { page } = seen;
  await typeAddress(page, person.email);
  await page.getByRole('link', { name: 'Forgot the password?' }).click();
  await heading(page, 'Forgot the password').waitFor();
  await expectAccessible(page, 'forgotten password');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await heading(page, 'Look into your mailbox').waitFor();
  await page.goto(await linkTo(product, person.email, 'reset'));
  await page.getByLabel('New password').fill('eight slow herons cross the bay');
  await expectAccessible(page, 'new password');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await heading(page, 'The password is set').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(page, person, 'eight slow herons cross the bay');
  await heading(page, 'Home').waitFor();
  await elsewhere.page.getByRole('link', { name: 'Security groups' }).first().click();
  await elsewhere.page.getByRole('dialog').waitFor();
  seen.expectQuiet();
});

test('signing out everywhere ends this session and all others', patiently, async () => {
  const person = await aPerson(product, place, 'Ada', ['groups.view']);
  const elsewhere = await browser();
  await signIn(elsewhere.page, person);
  await heading(elsewhere.page, 'Home').waitFor();
  const seen = await browser();
  const { page } = seen;
  await signIn(page, person);
  await heading(page, 'Home').waitFor();
  await page.goto('/me');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByText('You are signed out.').waitFor();
  await elsewhere.page.reload();
  await heading(elsewhere.page, 'Sign in').waitFor();
  seen.expectQuiet();
});

test('who can read the mail signs in by a link', patiently, async () => {
  const person = await aPerson(product, place, 'Lina', ['groups.view']);
  const seen = await browser();
  const { page } = seen;
  await typeAddress(page, person.email);
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await heading(page, 'Look into your mailbox').waitFor();
  await page.goto(await linkTo(product, person.email, 'sign-in/link'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page, 'Home').waitFor();
  seen.expectQuiet();
});

test(
  'a link that is opened on another device shows a code, which is typed where it was asked for',
  patiently,
  async () => {
    const person = await aPerson(product, place, 'Ludo', ['groups.view']);
    const seen = await browser();
    const { page } = seen;
    await typeAddress(page, person.email);
    await page.getByRole('button', { name: 'Mail me a link' }).click();
    await heading(page, 'Look into your mailbox').waitFor();
    await expectAccessible(page, 'a link on its way');
    await expectNarrow(page, 'a link on its way');
    const telephone = await browser();
    for (const each of [seen, telephone]) for (const status of [403, 410]) each.expected.add(status);
    await telephone.page.goto(await linkTo(product, person.email, 'sign-in/link'));
    await telephone.page.getByRole('button', { name: 'Sign in' }).click();
    await heading(telephone.page, 'Go on where you asked for the link').waitFor();
    await expectAccessible(telephone.page, 'a link opened elsewhere');
    await expectNarrow(telephone.page, 'a link opened elsewhere');
    const code = await telephone.page.locator('.link-code').innerText();
    await page.getByLabel('Code of the link').fill('BBBB-BBBB');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Code of the link').fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Home').waitFor();
    seen.expectQuiet();
    telephone.expectQuiet();
  },
);

test('a tenant that requires a second factor has it set up at sign-in', patiently, async () => {
  const strict = await aTenant(product, 'strict');
  const person = await aPerson(product, strict, 'Enno', ['groups.view']);
  const { etag } = await strict.call('GET', '/sign-in-policy');
  const changed = await strict.call('PATCH', '/sign-in-policy', { secondFactor: 'required' }, { 'if-match': etag });
  expect(changed.status, changed.text).toBe(200);
  const seen = await browser();
  const { page } = seen;
  await signIn(page, person);
  await heading(page, 'Set up a second factor').waitFor();
  await expectAccessible(page, 'enrolment');
  await page.getByRole('button', { name: 'Use an authenticator app' }).click();
  const secret = await page.locator('.totp-secret code').innerText();
  await expectNarrow(page, 'enrolment of an app');
  await page.getByLabel('Code that the app shows').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await storeCodes(page);
  await heading(page, 'Home').waitFor();
  seen.expectQuiet();
});

test('who accepts an invitation there sets it up at once, and nothing asks them to stay', patiently, async () => {
  const strict = await aTenant(product, 'stricter');
  const { etag } = await strict.call('GET', '/sign-in-policy');
  await strict.call('PATCH', '/sign-in-policy', { secondFactor: 'required' }, { 'if-match': etag });
  const email = 'ines@people.example';
  await strict.call('POST', '/accounts', { email, firstName: 'Ines', lastName: 'Lamm' });
  const seen = await browser({ passkeys: true });
  const { page } = seen;
  await page.goto(await linkTo(product, email, 'accept'));
  await page.getByLabel('New password').fill(password);
  await page.getByLabel('New password').press('Enter');
  await heading(page, 'Set up a second factor').waitFor();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await storeCodes(page);
  await heading(page, 'Home').waitFor();
  seen.expectQuiet();
});

test('a dangerous act asks for a fresh proof over the page, and goes on with it', patiently, async () => {
  const seen = await browser();
  const { page } = seen;
  await signIn(page, place.owner);
  await heading(page, 'Home').waitFor();
  await page.goto(`/t/${place.id}/provisioning/new`);
  await page.getByLabel('Name').fill('Directory');
  // As if the sign-in were long ago; everything after it is real.
  seen.expected.add(403);
  await page.route(
    '**/provisioning-tokens',
    (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'urn:bailiwick:problem:fresh-sign-in-required', title: 'x', status: 403 }),
      }),
    { times: 1 },
  );
  await page.getByRole('button', { name: 'Create token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Prove it is you' });
  await dialog.getByLabel('Password', { exact: true }).fill(`not ${password}`);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByText('That was not right. Check what you typed').waitFor();
  expect(await dialog.getByText('/v1/').count()).toBe(0);
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await expectAccessible(page, 'fresh proof');
  await expectNarrow(page, 'fresh proof');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('I have stored it', { exact: true }).waitFor();
  seen.expectQuiet();
});

test('who is in two tenants of one name in one region is shown what tells them apart', patiently, async () => {
  const first = await aTenant(product, 'twins');
  const body = { ...newTenant('eu', 'twins-again'), displayName: first.displayName };
  const second = await product.asOperator('POST', '/v1/tenants', {
    body: { ...body, owner: { ...body.owner, email: first.owner.email } },
  });
  const token = (await linkTo(product, first.owner.email, 'accept')).split('#')[1];
  await product.send('POST', '/v1/invitations/accept', { body: { token, password } });
  const { page, expectQuiet } = await browser();
  await typeAddress(page, first.owner.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('You have an account in several tenants.').waitFor();
  for (const { id } of [first, second.body.tenant])
    await page.getByRole('button', { name: new RegExp(`${first.displayName}.*eu.*…${id.slice(-8)}`) }).waitFor();
  await expectAccessible(page, 'a choice of tenants');
  await expectNarrow(page, 'a choice of tenants');
  await page.getByRole('button', { name: new RegExp(first.id.slice(-8)) }).click();
  await page.waitForURL(`**/t/${first.id}**`);
  expectQuiet();
});

test("a tenant's own sign-in page names it, and owners find the emergency door", patiently, async () => {
  const seen = await browser();
  const { page } = seen;
  await page.goto(`/t/${place.id}/sign-in`);
  await heading(page, `Sign in to ${place.displayName}`).waitFor();
  await expectAccessible(page, 'sign-in page of a tenant');
  await expectNarrow(page, 'sign-in page of a tenant');
  await page.getByRole('link', { name: 'Emergency access for owners' }).click();
  await heading(page, 'Emergency access').waitFor();
  await expectAccessible(page, 'emergency door');
  seen.expected.add(401);
  await page.getByLabel('E-mail address').fill(place.owner.email);
  await page.getByLabel('Emergency code').fill('not-a-code');
  await page.getByRole('button', { name: 'Sign in with the code' }).click();
  await page.getByRole('alert').waitFor();
  await page.goto(`/t/${place.id}/sign-in?problem=provider-unreachable`);
  await page.getByText('The provider does not answer').waitFor();
  await page.goto('/t/0190b3a4-5555-7000-8000-000000000000/sign-in');
  seen.expected.add(404);
  await heading(page, 'No such sign-in page').waitFor();
  await page.getByRole('link', { name: 'Back to sign-in' }).waitFor();
  seen.expectQuiet();
});

test('from sign-in to a second factor, the policy and emergency codes without a pointer', {
  timeout: 150_000,
}, async () => {
  const keys = await aTenant(product, 'fingers');
  const seen = await browser();
  const { page } = seen;
  seen.expected.add(403); // a fresh proof may be asked for
  const { press, type, expectFocus, tabTo, dialog, gone } = byKeyboard(() => page);
  const typeSignIn = async () => {
    await page.goto('/sign-in');
    await heading(page, 'Sign in').waitFor();
    await expectFocus('E-mail address');
    await type(keys.owner.email);
    await press('Enter');
    await expectFocus('Password');
    await type(password);
    await press('Enter');
  };
  await typeSignIn();
  await heading(page, 'Home').waitFor();

  await page.goto('/me');
  await page.getByText('No second factor yet').waitFor();
  await tabTo('Add an authenticator app');
  await press('Enter');
  await dialog('Add an authenticator app').waitFor();
  const secret = await page.locator('.totp-secret code').innerText();
  await tabTo('Code that the app shows');
  await type(codeOf(secret));
  await press('Enter');
  await dialog('Your recovery codes').waitFor();
  await tabTo('I have stored it');
  await press('Space');
  await tabTo('Done');
  await press('Enter');
  await gone('Your recovery codes');
  await tabTo(/^Account/);
  await press('Enter');
  await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  for (let steps = 0; steps < 10; steps++) {
    if (await page.getByRole('menuitem', { name: 'Sign out' }).evaluate((item) => item === document.activeElement))
      break;
    await press('ArrowDown');
  }
  await press('Enter');
  await heading(page, 'Sign in').waitFor();

  await typeSignIn();
  await page.getByLabel(/^Code/).first().waitFor();
  await expectFocus(/Code/);
  // The code that added the app was used up: the next one counts already.
  await type(codeOf(secret, Math.floor(Date.now() / 30_000) + 1));
  await press('Enter');
  await heading(page, 'Home').waitFor();

  await page.goto(`/t/${keys.id}/sign-in-policy`);
  await heading(page, 'Sign-in policy').waitFor();
  await tabTo(/^Hours that a session lasts/);
  await press('Control+a');
  await type('9');
  await press('Control+Enter');
  await told(page, 'The sign-in policy was saved.');
  expect((await keys.call('GET', '/sign-in-policy')).body.sessionHours).toBe(9);
  await tabTo(/^Choose a picture/);
  await tabTo('Single sign-on', 'Shift+Tab');
  await press('Enter');
  await page.getByText('Your emergency codes').waitFor();
  await tabTo('Make codes');
  await press('Enter');
  await dialog('Your emergency codes').waitFor();
  const code = await page.locator('.codes code').first().innerText();
  await tabTo('I have stored it');
  await press('Space');
  await tabTo('Done');
  await press('Enter');
  await dialog('Drill: try a code').waitFor();
  await expectFocus('Emergency code');
  await type(code);
  await press('Enter');
  await gone('Drill: try a code');
  await told(page, /^The code works/);
  seen.expectQuiet();
});
