import { expect, test } from 'vitest';
import { givingOf, goingOnBy, Rights } from './access.ts';

const given = (id: string, ...grants: string[]) => ({ id, rights: new Rights(false, grants) });
const both = [given('here', 'gateways.change@n1'), given('there', 'gateways.*@n2'), given('views', 'gateways.view')];

test('P31: of several delegations the one counts that gives the permission in the namespace', () => {
  expect(givingOf(both, { permission: 'gateways.change', namespaceId: 'n1' })).toBe('here');
  expect(givingOf(both, { permission: 'gateways.change', namespaceId: 'n2' })).toBe('there');
  expect(givingOf(both, { permission: 'gateways.view', namespaceId: 'n3' })).toBe('views');
  expect(givingOf(both, { permission: 'gateways.change', namespaceId: 'n3' })).toBeUndefined();
  expect(givingOf(both, { permission: 'gateways.change' })).toBeUndefined();
  expect(givingOf(both, { permission: 'gateways.change', inAnyNamespace: true })).toBe('here');
});

test('P31: work goes on by the delegation of its start while that gives what it needs, else by one that does', () => {
  const inSecond = { permission: 'gateways.view', namespaceId: 'n2' };
  expect(goingOnBy(both, 'views', inSecond)).toBe('views');
  expect(goingOnBy(both, 'there', inSecond)).toBe('there');
  expect(goingOnBy(both, 'here', inSecond)).toBe('there');
  expect(goingOnBy(both, undefined, inSecond)).toBe('there');
  expect(goingOnBy(both, 'there', { permission: null })).toBe('there');
  expect(goingOnBy(both, 'ended', { permission: null })).toBe('here');
  expect(goingOnBy([], 'ended', { permission: null })).toBeNull();
});
