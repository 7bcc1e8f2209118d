import { z } from 'zod';
import { member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { Overview } from './schema.ts';
import { readOverview } from './service.ts';

export const overview: Capability = {
  name: 'overview',
  operations: [
    operation({
      id: 'overview.read',
      method: 'GET',
      path: '/v1/tenants/:tenantId/overview',
      summary: 'Read what the home page shows',
      access: member('everybody has a home page; each part needs its own permission'),
      params: z.strictObject({ tenantId: Id }),
      reply: Overview,
      handle: (ctx) => readOverview(ctx),
    }),
  ],
};
