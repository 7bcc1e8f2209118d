import { z } from 'zod';
import { member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { NoticeList, NoticeQuery, NoticesRead, Unread } from './schema.ts';
import { listNotices, mailNotice, markNoticesRead } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const access = member('notices are written to a person; each sees its own');

export const notices: Capability = {
  name: 'notices',
  operations: [
    operation({
      id: 'notices.list',
      method: 'GET',
      path: '/v1/tenants/:tenantId/notices',
      summary: 'List your notices',
      access,
      params: InTenant,
      query: NoticeQuery,
      reply: NoticeList,
      handle: (ctx, { query }) => listNotices(ctx, query),
    }),
    operation({
      id: 'notices.read',
      method: 'POST',
      path: '/v1/tenants/:tenantId/notices/read',
      summary: 'Mark notices as read',
      access,
      params: InTenant,
      body: NoticesRead.optional(),
      reply: Unread,
      handle: (ctx, { body }) => markNoticesRead(ctx, body ?? {}),
    }),
  ],
  jobs: [job<{ noticeId: string }>('notices.mail', (ctx, { noticeId }) => mailNotice(ctx, noticeId))],
};
