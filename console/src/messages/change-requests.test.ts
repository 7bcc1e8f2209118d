import { expect, test } from 'vitest';
import contract from '../../../openapi.json' with { type: 'json' };
import { changeRequestText as de } from './de.change-requests.ts';
import { changeRequestText as en } from './en.change-requests.ts';

/** Operations that answer 202 with the request, where a second person approves. */
const waiting = Object.values(contract.paths).flatMap((operations) =>
  (Object.values(operations) as { operationId?: string; parameters?: { name: string }[] }[])
    .filter(({ parameters }) => parameters?.some(({ name }) => name === 'X-Bailiwick-Confirm'))
    .map(({ operationId }) => operationId),
);

test('each change that may wait for a second person has a name, in each language', () => {
  expect(waiting.length).toBeGreaterThan(20);
  for (const { operations } of [en, de]) expect(Object.keys(operations).sort()).toEqual([...waiting].sort());
});
