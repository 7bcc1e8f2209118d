import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, Timestamp, text } from '../../kernel/schema.ts';

const Method = z.string().regex(/^[A-Z-]{1,20}$/, 'must be the method of a request');
const Path = z
  .string()
  .max(2048, 'must have at most 2048 characters')
  .regex(/^[!-~]*$/, 'must be a path as it stands in a request');
const Reason = z.string().regex(/^[a-z0-9-]{1,50}$/, 'must be the code of a problem');
const Subject = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be text');
const count = z.int().min(0);

/** What a gateway says of one request that it answered. */
export const TransactionRecord = z
  .strictObject({
    sequence: z.int().min(1).describe('Its number in the journal.'),
    at: Timestamp.describe('When the request came, by the clock of the gateway.'),
    method: Method,
    path: Path.describe('Without the query.'),
    status: z.int().min(100).max(599),
    reason: Reason.nullable().describe('Why the gateway answered itself: the code of its problem.'),
    routeId: Id.nullable(),
    ruleId: Id.nullable(),
    serviceId: Id.nullable(),
    subject: personal(Subject.nullable()).describe('Who sent it, as the identity provider says.'),
    durationMs: count.max(2_147_483_647),
    bytesIn: count,
    bytesOut: count,
  })
  .meta({ id: 'TransactionRecord' });
export type TransactionRecord = z.output<typeof TransactionRecord>;

export const MOST_RECORDS = 1000;

export const TransactionBatch = z
  .strictObject({
    journal: Id.describe('The journal that numbers them; what was reported before is counted once.'),
    items: z
      .array(TransactionRecord)
      .min(1, 'must hold at least one record')
      .max(MOST_RECORDS, `must hold at most ${MOST_RECORDS} records`),
  })
  .meta({ id: 'TransactionBatch' });
export type TransactionBatch = z.output<typeof TransactionBatch>;

/** What became of a batch: it is written down, and so much of it is not kept. */
export const TransactionReceipt = z
  .strictObject({
    leftOut: z.strictObject({
      beyondDay: count.describe('Counted for licences, and not kept: of this tenant no more are until midnight (UTC).'),
      tooOld: count.describe('Older than this tenant keeps them.'),
    }),
  })
  .meta({ id: 'TransactionReceipt' });
export type TransactionReceipt = z.output<typeof TransactionReceipt>;

const Named = z.strictObject({ id: Id, name: z.string().nullable().describe('Null when it is gone.') });

export const Transaction = z
  .strictObject({
    id: Id,
    at: Timestamp.describe('When the request came to the gateway.'),
    method: z.string(),
    path: z.string().describe('Without the query.'),
    status: z.int().describe('What was answered; 499: who asked hung up before.'),
    reason: z.string().nullable().describe('Why the gateway answered itself; null when the request was carried.'),
    gateway: Named,
    agent: Named,
    route: Named.nullable(),
    service: Named.nullable(),
    ruleId: Id.nullable().describe('The rule that decided.'),
    person: z
      .strictObject({
        accountId: Id.nullable(),
        name: personal(z.string()),
      })
      .nullable()
      .describe(
        'The account, or as the identity provider names whom no account is known of; null: nobody was recognised.',
      ),
    durationMs: z.int(),
    bytesIn: z.int().describe('What came over the connection, headers included.'),
    bytesOut: z.int().describe('What went over the connection, headers included.'),
  })
  .meta({ id: 'Transaction' });

const filters = {
  from: Timestamp.optional().describe('Requests of this time and later.'),
  until: Timestamp.optional().describe('Requests of this time and earlier.'),
  status: z
    .string()
    .max(200)
    .regex(/^([1-5]\d\d|[1-5]xx)(,([1-5]\d\d|[1-5]xx))*$/, 'must be codes or classes such as 404,5xx')
    .optional()
    .describe('Codes, or classes of codes such as 5xx, separated by commas.'),
  method: z
    .string()
    .max(100)
    .regex(/^[A-Z-]{1,20}(,[A-Z-]{1,20})*$/, 'must be methods such as GET,POST')
    .optional(),
  pathPrefix: Path.min(1).optional().describe('What the path begins with.'),
  gatewayId: Id.optional(),
  agentId: Id.optional(),
  routeId: Id.optional(),
  serviceId: Id.optional(),
  person: personal(text(255).optional()).describe(
    'An account by its id, address or username, or somebody as the identity provider names them.',
  ),
  reason: Reason.optional().describe('Those that the gateway answered itself, for this reason.'),
};
const least = z.int().min(0).max(2_147_483_647);
const leastInText = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a number of milliseconds')
  .transform(Number)
  .optional()
  .describe('Those that took at least so long.');

const Filters = z.strictObject({ ...filters, minDurationMs: least.optional() });
export type Filters = z.output<typeof Filters>;

export const TransactionQuery = listQuery(['at', 'status', 'durationMs', 'path'])
  .omit({ q: true })
  .extend({ ...filters, minDurationMs: leastInText });
export const TransactionList = listOf(Transaction);

export const HistogramQuery = z.strictObject({ ...filters, minDurationMs: leastInText });

export const TransactionHistogram = z
  .strictObject({
    from: Timestamp,
    until: Timestamp,
    bucketSeconds: z.int(),
    items: z.array(
      z.strictObject({
        at: Timestamp.describe('Where it begins.'),
        '1xx': z.int(),
        '2xx': z.int(),
        '3xx': z.int(),
        '4xx': z.int(),
        '5xx': z.int(),
      }),
    ),
  })
  .meta({ id: 'TransactionHistogram' });

export const TailQuery = z.strictObject({
  ...filters,
  minDurationMs: leastInText,
  after: z
    .string()
    .regex(/^\d{1,19}$/, 'must be a cursor of this tail; begin again without it')
    .optional()
    .describe('The cursor of the answer before. Without it the answer says where to begin.'),
  waitSeconds: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a number of seconds, 10 at most')
    .transform(Number)
    .refine((seconds) => seconds <= 10, 'must be a number of seconds, 10 at most')
    .default(10)
    .describe('How long to wait for something new.'),
});

export const TransactionTail = z
  .strictObject({
    items: z.array(Transaction).describe('Newest first; of more than 200 the newest.'),
    isComplete: z.boolean().describe('Whether there were no more than these.'),
    cursor: z.string(),
  })
  .meta({ id: 'TransactionTail' });

export const TransactionExport = z
  .strictObject({ ...filters, minDurationMs: least.optional(), format: z.enum(['csv', 'json']).default('csv') })
  .meta({ id: 'TransactionExport' });
export type TransactionExport = z.output<typeof TransactionExport>;

const Days = z
  .int()
  .min(1)
  .max(90)
  .describe('Days for which transactions are kept and shown. What is older is shown to nobody from then on.');

export const TransactionRetention = z
  .strictObject({
    days: Days,
    mostPerDay: count.describe('Transactions that are kept in a day (UTC), by the operator; 0: no limit.'),
    today: z
      .strictObject({ kept: count, leftOut: count })
      .describe('Since midnight (UTC); what was left out is counted for licences and is in no list.'),
    actions: z.array(Action),
  })
  .meta({ id: 'TransactionRetention' });

export const NewTransactionRetention = z.strictObject({ days: Days }).meta({ id: 'NewTransactionRetention' });
