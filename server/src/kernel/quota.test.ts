import { expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf } from '../../test/harness.ts';
import { formatSessionSecret } from './credential-text.ts';
import { signRequest } from './http-signature.ts';
import { newId } from './ids.ts';

test('credentials that are not valid use up no requests of the tenant that they name', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '5' } });
  const tenant = await aTenant(platform);
  const forged = () => platform.session(`__Host-bailiwick-au=${formatSessionSecret(tenant.id)}`);
  for (let at = 0; at < 40; at++) expect((await forged().get('/v1/me')).status).toBe(401);
  expect((await tenant.client.get('/groups')).status).toBe(200);

  const rush = await Promise.all(Array.from({ length: 40 }, () => tenant.client.get('/groups')));
  expect(rush.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
});

test('who signs by a clock that is off holds the key, and uses up requests', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '5' } });
  const tenant = await aTenant(platform);
  const { agentKey } = await tenant.given.namespace();
  const [url = ''] = platform.urls;
  const path = `${tenant.path}/agents`;
  const body = JSON.stringify({ name: 'ahead' });
  const sent = { method: 'POST', targetUri: url + path, body: Buffer.from(body), agentKey };
  const ahead = () => signRequest({ ...sent, now: new Date(Date.now() + 3_600_000), nonce: newId() });
  const rush = await Promise.all(
    Array.from({ length: 40 }, () => clientOf(url, null, ahead()).call('POST', path, { body })),
  );
  expect(rush.filter(({ body: { type } }) => type === 'urn:bailiwick:problem:clock-off').length).toBeGreaterThan(0);
  expect(rush.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
});

test('what is shown to who lost to another edit is no request more', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '10' } });
  const { client, given } = await aTenant(platform);
  const { id } = await given.group();
  const rush = await Promise.all(
    Array.from({ length: 40 }, () => client.patch(`/groups/${id}`, { description: 'mine' }, '"999"')),
  );
  const lost = rush.filter(({ status }) => status === 412);
  expect(lost.length).toBeGreaterThan(5);
  expect(rush.length - lost.length, 'of one second').toBeGreaterThan(5);
  for (const { body } of lost) expect(body.current).toMatchObject({ id });
});

test('one provisioning token leaves room to another, and all of them to people, over two nodes', async () => {
  const platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_REQUESTS_PER_SECOND: '100' } });
  const tenant = await aTenant(platform);
  const list = `/scim/v2/${tenant.id}/Users?count=1`;
  const aToken = async () => ((await tenant.given.token()) as { value: string }).value;
  const [first, second, third] = [await aToken(), await aToken(), await aToken()];

  /** Asks by these tokens as much as both nodes answer, while the others ask a little. */
  const besideFloodOf = async (tokens: string[], ask: (node: number) => Promise<{ status: number }>) => {
    let isOver = false;
    const refused: (string | null)[] = [];
    const flood = async (token: string, node: number) => {
      while (!isOver) {
        const replies = await Promise.all(Array.from({ length: 20 }, () => platform.client(token, node).get(list)));
        for (const { status, headers } of replies) if (status === 429) refused.push(headers.get('retry-after'));
      }
    };
    const floods = tokens.flatMap((token) => [flood(token, 0), flood(token, 1)]);
    while (refused.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const statuses = [];
    for (let at = 0; at < 12; at++) statuses.push((await ask(at % 2)).status);
    isOver = true;
    await Promise.all(floods);
    expect(new Set(refused)).toEqual(new Set(['1']));
    return statuses;
  };

  expect(await besideFloodOf([first], (node) => platform.client(second, node).get(list))).toEqual(Array(12).fill(200));
  expect(await besideFloodOf([first, second, third], () => tenant.client.get('/groups'))).toEqual(Array(12).fill(200));
});
