import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { Route } from './configuration.ts';
import { requestHeaders } from './headers.ts';

const route = { requestHeaders: { set: [{ name: 'x-tenant', value: 'a' }], remove: ['x-secret'] } } as unknown as Route;
const sent = (...rawHeaders: string[]) =>
  requestHeaders({ rawHeaders, headers: {} } as unknown as IncomingMessage, route, [], { 'x-token': 't' });

const forged = ['X-Tenant', 'x_tenant', 'x.tenant', 'X-Secret', 'x_secret', 'X_Token', 'x!token', 'Client-Cert'];
const overrides = ['X-HTTP-Method-Override', 'x_method_override', 'X.Bailiwick.Subject', 'x~remote~user'];
const ofOthers = [
  'Proxy',
  'X-Forwarded',
  'Remote-Groups',
  'Remote-Email',
  'remote_name',
  'X-Script-Name',
  'SCRIPT_NAME',
];
test.each([...forged, ...overrides, ...ofOthers])('%s of who asks does not go on, in whatever spelling', (name) => {
  expect(sent(name, 'b', 'x-other', 'c')).toEqual(['x-other', 'c', 'x-tenant', 'a', 'x-token', 't']);
});
