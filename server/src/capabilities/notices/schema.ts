import { z } from 'zod';
import { Id, listOf, listQuery, Timestamp } from '../../kernel/schema.ts';

export const Notice = z
  .strictObject({
    id: Id,
    kind: z.string(),
    text: z.string(),
    target: z.strictObject({ kind: z.string(), id: Id }).nullable(),
    createdAt: Timestamp,
    isRead: z.boolean(),
  })
  .meta({ id: 'Notice' });
export const NoticeQuery = listQuery(['createdAt']).extend({ unread: z.enum(['true', 'false']).optional() });
export const NoticeList = listOf(Notice).extend({ unread: z.int() });
