import { expect, test } from 'vitest';
import { aPlatform } from '../../../harness.ts';
import { aScim, unlimited } from '../scim.ts';
import { Ping, SailPoint } from './aggregators.ts';
import { Google, JumpCloud, OneLogin } from './directories.ts';
import { Entra } from './entra.ts';
import { Okta } from './okta.ts';
import { Authentik, Keycloak } from './open-source.ts';
import { liveThrough } from './scenario.ts';
import { Wire } from './wire.ts';

const platform = await aPlatform({ regions: ['au'], env: unlimited });

test.each([
  ['Entra ID', (wire: Wire) => new Entra(wire, false)],
  ['Entra ID with aadOptscim062020', (wire: Wire) => new Entra(wire, true)],
  ['Okta', (wire: Wire) => new Okta(wire)],
  ['Okta, with application/json', (wire: Wire) => new Okta(wire, true)],
  ['OneLogin', (wire: Wire) => new OneLogin(wire)],
  ['JumpCloud', (wire: Wire) => new JumpCloud(wire)],
  ['Google', (wire: Wire) => new Google(wire)],
  ['Keycloak', (wire: Wire) => new Keycloak(wire)],
  ['authentik', (wire: Wire) => new Authentik(wire)],
  ['Ping', (wire: Wire) => new Ping(wire)],
  ['SailPoint', (wire: Wire) => new SailPoint(wire)],
])('%s: the tenant follows the directory, though replies get lost', async (_name, make) => {
  const scim = await aScim(platform);
  const wire = new Wire(platform.url, scim.base, scim.token.value);

  await liveThrough(make(wire), wire, scim);

  // Nobody gave up, and no server fault hid behind a retry.
  expect(wire.sent.filter(({ status }) => status >= 500)).toEqual([]);
  expect(wire.sent.filter(({ status }) => status >= 400 && ![404, 409].includes(status))).toEqual([]);
});
