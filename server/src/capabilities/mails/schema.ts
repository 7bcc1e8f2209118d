import { z } from 'zod';
import { hasForbiddenCharacters } from '../../kernel/canonical.ts';
import { Id, personal, Timestamp } from '../../kernel/schema.ts';

export const OutboxMail = z
  .strictObject({
    id: Id,
    region: z.string(),
    to: personal(z.string()),
    language: z.string().describe('As in Content-Language.'),
    subject: z.string(),
    body: z.string().describe('Plain text.'),
    createdAt: Timestamp,
  })
  .meta({ id: 'OutboxMail' });
export type OutboxMail = z.infer<typeof OutboxMail>;

export const OutboxQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a number from 1 to 200')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, 'must be a number from 1 to 200')
    .default(50),
  region: z
    .string()
    .regex(/^[a-z]{2,8}$/, 'must be the code of a region')
    .optional(),
  to: z
    .string()
    .max(320)
    .refine((address) => !hasForbiddenCharacters(address), 'must not contain control characters')
    .optional()
    .describe('Mails to this address only.'),
});
export type OutboxQuery = z.output<typeof OutboxQuery>;
export const OutboxList = z.strictObject({ items: z.array(OutboxMail) });
