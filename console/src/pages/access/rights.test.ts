import { expect, test } from 'vitest';
import { inWords } from './rights.ts';

test('the rights in a sentence of the server stand there by their names', () => {
  const place = '01a22ebe-c13f-706c-ad48-691b85b6d65b';
  const nameOf = ({ permission, namespaceId }: { permission: string; namespaceId?: string | null }) =>
    `<${permission}${namespaceId ? ` in ${namespaceId.slice(0, 4)}` : ''}>`;
  expect(inWords(`The group gives more now: audit.view, groups.*, gateways.change@${place}.`, nameOf)).toBe(
    'The group gives more now: <audit.view>, <groups.*>, <gateways.change in 01a2>.',
  );
  expect(inWords('It was taken away and given anew on 2026-11-30. It ends.', nameOf)).toBe(
    'It was taken away and given anew on 2026-11-30. It ends.',
  );
});
