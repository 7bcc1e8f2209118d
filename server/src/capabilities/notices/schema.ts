import { z } from 'zod';
import { Id, listOf, listQuery, Timestamp } from '../../kernel/schema.ts';

const Notice = z
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

export const NoticesRead = z
  .strictObject({ ids: z.array(Id).max(1000).optional().describe('All of the caller’s notices when absent.') })
  .meta({ id: 'NoticesRead' });
export type NoticesRead = z.infer<typeof NoticesRead>;

export const Unread = z.strictObject({ unread: z.int() }).meta({ id: 'Unread' });
