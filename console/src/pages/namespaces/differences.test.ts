import { expect, test } from 'vitest';
import { valueText, withNeeds } from './differences.ts';

const change = (key: string, needs: string[] = []) => ({
  key,
  needs,
  kind: 'route' as const,
  change: 'add' as const,
  gateway: null,
  name: key,
  fields: [],
  obstacle: null,
});

test('what is ticked brings what it needs, each once', () => {
  const changes = [change('gateway/a'), change('route/a/b', ['gateway/a', 'service/c']), change('service/c')];
  expect(withNeeds(changes, new Set(['route/a/b', 'gateway/a']))).toEqual(['route/a/b', 'gateway/a', 'service/c']);
  expect(withNeeds(changes, new Set(['service/c']))).toEqual(['service/c']);
});

test.each([
  [null, 'nothing'],
  [[], 'nothing'],
  [true, 'yes'],
  [1000, '1000'],
  [['GET', 'POST'], 'GET, POST'],
  [[{ name: 'role', values: ['a', 'b'] }], 'role = a | b'],
  [[{ name: 'x-a', value: '1' }], 'x-a: 1'],
  [[{ name: 'one', description: '' }], 'one'],
  [{ kind: 'namespace', id: 'a', name: 'test' }, 'test'],
  [[{ name: 'one', isOpen: true }], '{"name":"one","isOpen":true}'],
  [{ set: [], remove: ['cookie'] }, '{"set":[],"remove":["cookie"]}'],
])('%j reads %s', (value, words) => {
  expect(valueText(value)).toBe(words);
});
