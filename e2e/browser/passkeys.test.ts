import { beforeAll, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place } from './given.ts';

/** What a real browser makes of our passkey options, and we of its answers, with an authenticator of the browser's own. */

let product: Product;
let place: Place;
let visitor: Visit;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'keyring');
  visitor = await visit({ url: product.url });
  const devtools = await visitor.context.newCDPSession(visitor.page);
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
  await enter(visitor, place.owner);
}, 240_000);

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  body: any;
}

/** Has the page ask for options, its authenticator answer them, and the page send the answer. */
const byPasskey = (options: string, kind: 'create' | 'get', answerTo: string, wrap: object, key: string) =>
  visitor.page.evaluate(
    async (asked): Promise<Answer> => {
      const post = async (path: string, body?: object) => {
        const reply = await fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-bailiwick-csrf': '1' },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        return { status: reply.status, body: await reply.json() };
      };
      const begun = await post(asked.options);
      if (begun.status !== 200) return begun;
      const credential =
        asked.kind === 'create'
          ? await navigator.credentials.create({
              publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(begun.body),
            })
          : await navigator.credentials.get({
              publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(begun.body),
            });
      return post(asked.answerTo, { ...asked.wrap, [asked.key]: (credential as PublicKeyCredential).toJSON() });
    },
    { options, kind, answerTo, wrap, key },
  );

test('a browser makes a passkey and signs in by it, also on a page that knows nobody', async () => {
  const added = await byPasskey('/v1/me/passkeys/options', 'create', '/v1/me/passkeys', { name: 'Laptop' }, 'response');
  expect(added).toMatchObject({ status: 201, body: { kind: 'passkey', name: 'Laptop' } });

  const begun = '/v1/sign-in/passkeys/options';
  const signedIn = await byPasskey(begun, 'get', '/v1/sign-in/passkeys', {}, 'response');
  expect(signedIn).toMatchObject({ status: 201, body: { tenantId: place.id, accountId: place.owner.id } });

  await visitor.context.clearCookies();
  const again = await byPasskey(begun, 'get', '/v1/sign-in/passkeys', {}, 'response');
  expect(again).toMatchObject({ status: 201, body: { accountId: place.owner.id } });
  const me = await visitor.page.evaluate(async () => (await fetch('/v1/me')).json());
  expect(me).toMatchObject({ kind: 'account', id: place.owner.id, isOwner: true });
  visitor.expectQuiet();
});

test('the same authenticator makes no second passkey for the same person', async () => {
  await expect(
    byPasskey('/v1/me/passkeys/options', 'create', '/v1/me/passkeys', { name: 'Again' }, 'response'),
  ).rejects.toThrow(/InvalidStateError/);
});
