import { expect, test, vi } from 'vitest';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { searchSubjects } from './search.ts';

const counted = vi.hoisted(() => ({ total: 0, totalIsAtLeast: false }));
vi.mock('../../capabilities/access/service.ts', async (original) => ({
  ...(await original<object>()),
  principalsFor: async () => ({ items: [], nextCursor: null, ...counted }),
}));

test.each([
  { total: 10_000, totalIsAtLeast: false, said: { total: 10_000 } },
  { total: 10_000, totalIsAtLeast: true, said: {} },
])('a total is said where it is exact', async ({ said, ...count }) => {
  Object.assign(counted, count);
  const ctx = { tenantId: newId(), actor: { kind: 'service-account' } } as TenantContext;
  const found = await searchSubjects(ctx, {
    subject: { type: 'user' },
    action: { name: 'namespaces.view' },
    resource: { type: 'tenant', id: ctx.tenantId },
  });
  expect(found).toEqual({ results: [], page: { next_token: '', count: 0, ...said } });
});
