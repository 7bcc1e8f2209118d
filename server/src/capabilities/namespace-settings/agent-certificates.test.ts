import { beforeAll, describe, expect, test } from 'vitest';
import { type ClientCertificate, certificateOf } from '../../../test/client-certificates.ts';
import {
  agentOf,
  aName,
  aPlatform,
  aTenant,
  clientOf,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';

/** What client certificates gateways ask for, where settings are taken elsewhere: carried, and never taken away. */

const forwarded = { BAILIWICK_TRUST_PROXY: '127.0.0.1', BAILIWICK_CLIENT_CERTIFICATES: 'forwarded' };

let platform: TestPlatform;
let tenant: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: forwarded });
  tenant = await aTenant(platform);
});

/** A namespace with one gateway, which has the same name in each, and asks for these. */
async function aStage(asked: ClientCertificate | null, more: object = {}) {
  const namespace = await tenant.given.namespace();
  const made = await tenant.client.post(`/namespaces/${namespace.id}/gateways`, { name: 'main', prefix: '/main' });
  expect(made.status, made.text).toBe(201);
  const changes = { agentCertificates: asked && certificateOf(asked), ...more };
  const changed = await tenant.client.patch(`/namespaces/${namespace.id}/gateways/${made.body.id}`, changes, '*');
  expect(changed.status, changed.text).toBe(200);
  return namespace;
}

const gatewayIn = async (id: string) => (await tenant.client.get(`/namespaces/${id}/gateways`)).body.items[0];
const comparison = async (id: string, other: string) =>
  (await tenant.client.get(`/namespaces/${id}/comparison?with=${other}`)).body;
const exported = async (id: string) => (await tenant.client.post(`/namespaces/${id}/export`)).body;

async function promoted(id: string, fromId: string) {
  const { look, changes } = await comparison(id, fromId);
  const done = await tenant.client.post(`/namespaces/${id}/promote`, { fromId, look });
  expect(done.status, done.text).toBe(200);
  return changes;
}

describe('what client certificates a gateway asks for', () => {
  test('is what its copy asks for, from the first program on', async () => {
    const source = await aStage('authority');
    const copy = (await tenant.client.post(`/namespaces/${source.id}/duplicate`, { name: aName('copy') })).body;
    expect((await gatewayIn(copy.id)).agentCertificates).toBe(certificateOf('authority'));
    const refused = await agentOf(platform.url, copy.agentKey).post(`${tenant.path}/agents`, { name: 'without' });
    expect(refused).toMatchObject({ status: 401, body: { type: 'urn:bailiwick:problem:no-client-certificate' } });
  });

  test('comes to one that asks for none, and is shown before', async () => {
    const [source, target] = [await aStage('authority'), await aStage(null)];
    const [change] = await promoted(target.id, source.id);
    expect(change.fields).toEqual([{ name: 'agentCertificates', before: null, after: certificateOf('authority') }]);
    expect((await gatewayIn(target.id)).agentCertificates).toBe(certificateOf('authority'));
  });

  test.each<[string, ClientCertificate | null]>([
    ['asks for none', null],
    ['asks for others', 'other'],
  ])('stays where one is promoted that %s, whatever else is', async (_how, asked) => {
    const [source, target] = [await aStage(asked, { description: 'of the source' }), await aStage('authority')];
    const [change] = await promoted(target.id, source.id);
    expect(change.fields.map(({ name }: { name: string }) => name)).toEqual(['description']);
    expect(await gatewayIn(target.id)).toMatchObject({
      description: 'of the source',
      agentCertificates: certificateOf('authority'),
    });
    expect((await comparison(target.id, source.id)).changes).toEqual([]);
  });

  test('is in a file, and comes from one; a file of before says nothing of it', async () => {
    const settings = await exported((await aStage('authority')).id);
    expect(settings.gateways[0].agentCertificates).toBe(certificateOf('authority'));
    const empty = await tenant.given.namespace();
    const { look } = (await tenant.client.post(`/namespaces/${empty.id}/import/preview`, { settings })).body;
    expect((await tenant.client.post(`/namespaces/${empty.id}/import`, { settings, look })).status).toBe(200);
    expect(await exported(empty.id)).toEqual(settings);
    const { agentCertificates: _, ...before } = settings.gateways[0];
    const older = { ...settings, gateways: [before] };
    const preview = await tenant.client.post(`/namespaces/${empty.id}/import/preview`, { settings: older });
    expect(preview.body.changes).toEqual([]);
  });

  test('is in the way when it is no certificate, or when nobody would ever be seen with one', async () => {
    const settings = await exported((await aStage('authority')).id);
    const empty = await tenant.given.namespace();
    const wrong = { ...settings, gateways: [{ ...settings.gateways[0], agentCertificates: 'none' }] };
    const obstacle = async (given: object, url = platform.url) => {
      const at = `${tenant.path}/namespaces/${empty.id}/import/preview`;
      const { status, text, body } = await clientOf(url, tenant.ownerKey).post(at, { settings: given });
      expect(status, text).toBe(200);
      return body.changes.find(({ kind }: { kind: string }) => kind === 'gateway').obstacle;
    };
    expect(await obstacle(settings)).toBeNull();
    expect(await obstacle(wrong)).toBe('Its field agentCertificates must be certificates in PEM; number 1 is none.');
    const blind = await platform.startAnother(['au'], { ...forwarded, BAILIWICK_CLIENT_CERTIFICATES: 'off' });
    expect(await obstacle(settings, `http://127.0.0.1:${blind.port}`)).toMatch(/sees no client certificates/);
  });
});
