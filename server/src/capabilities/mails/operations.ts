import { operator } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { OutboxList, OutboxQuery } from './schema.ts';
import { forgetMail, readOutbox, sendMail } from './service.ts';

export const mails: Capability = {
  name: 'mails',
  operations: [
    operation({
      id: 'operator.list-outbox',
      method: 'GET',
      path: '/v1/operator/outbox',
      summary: 'List mails of the development outbox',
      access: operator(),
      query: OutboxQuery,
      reply: OutboxList,
      handle: (ctx, { query }) => readOutbox(ctx, query),
    }),
  ],
  jobs: [
    job<{ mailId: string }>('mails.send', (ctx, { mailId }) => sendMail(ctx, mailId)),
    job<{ mailId: string }>('mails.forget', (ctx, { mailId }) => forgetMail(ctx, mailId)),
  ],
};
