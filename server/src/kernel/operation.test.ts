import { expect, test } from 'vitest';
import { open } from './access.ts';
import { operation } from './operation.ts';

test('an operation that says nothing of access neither compiles nor starts', () => {
  const rest = { id: 'example.read', method: 'GET', path: '/v1/example', summary: 'Read', reply: null } as const;
  // @ts-expect-error `access` is missing
  expect(() => operation({ ...rest, handle: async () => undefined })).toThrow();
  expect(operation({ ...rest, access: open('an example'), handle: async () => undefined }).access.kind).toBe('open');
});
