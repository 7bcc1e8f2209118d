import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, Timestamp, text } from '../../kernel/schema.ts';
import { Route, Rule } from '../gateways/schema.ts';

const Wanted = z.enum(['serving', 'draining']);

const Version = z
  .string()
  .max(100)
  .regex(/^\d+(\.\d+)*$/, 'must be a version that a configuration had');

const count = z.int().min(0);
const counts = {
  carried: count.describe('Requests that went to an upstream since it started.'),
  refused: count.describe('Requests that were not let in.'),
  failed: count.describe('Requests whose upstream did not answer.'),
  openRequests: count.max(1_000_000).describe('Requests and streams that are open now.'),
};

const Journal = z.strictObject({
  waiting: count.describe('Transactions that are still to be reported.'),
  dropped: count.describe('Transactions that its disk had no room for, since it began.'),
  leftOut: count.describe('Transactions that it reported and the region did not keep, since it began.'),
});
/** As programs say it; those of before know nothing of what is left out. */
const JournalReport = Journal.extend({ leftOut: Journal.shape.leftOut.optional() });

export const Agent = z
  .strictObject({
    id: Id,
    gatewayId: Id,
    name: z.string().describe('What it calls itself: the name of its host unless it was given another.'),
    state: Wanted.describe('What it is to do.'),
    health: z
      .enum(['new', 'serving', 'draining', 'refusing', 'ended', 'silent'])
      .describe('What it last said of itself; ended: it was stopped in order; silent: nothing for a minute.'),
    problem: z.string().nullable().describe('What it says is wrong, in words.'),
    lastContactAt: Timestamp.nullable(),
    startedAt: Timestamp.nullable(),
    program: z.string().nullable().describe('The version of the program.'),
    configuration: z
      .strictObject({
        inForce: z.string().nullable(),
        isCurrent: z.boolean().describe('Whether that is the one that it should have.'),
      })
      .describe('The configuration that it decides by.'),
    counts: z.strictObject(counts).nullable(),
    certificate: z
      .strictObject({ fingerprint: z.string().describe('SHA-256, in hex.'), expiresAt: Timestamp })
      .nullable()
      .describe('The client certificate that it last reported with; null: none.'),
    journal: Journal.nullable().describe('Of the transactions that it has to report.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Agent' });

export const AgentQuery = listQuery(['name', 'createdAt']);
export const AgentList = listOf(Agent);

export const Enrolment = z
  .strictObject({
    gateway: text(63).optional().describe('Name or id of a gateway of the namespace; needed when it has several.'),
    name: text(200),
  })
  .meta({ id: 'Enrolment' });
export type Enrolment = z.output<typeof Enrolment>;

const Named = z.strictObject({ id: Id, name: z.string() });

export const Enrolled = z
  .strictObject({ id: Id, gateway: Named, region: z.strictObject({ code: z.string(), baseUrl: z.string() }) })
  .meta({ id: 'Enrolled' });

export const ConfigurationQuery = z.strictObject({
  after: Version.optional().describe('The version that the agent has: answers when there is another one.'),
  waitSeconds: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a number of seconds, 20 at most')
    .transform(Number)
    .refine((seconds) => seconds <= 20, 'must be a number of seconds, 20 at most')
    .default(20)
    .describe('How long to wait for another version before 304.'),
});

export const AgentConfiguration = z
  .strictObject({
    version: z.string(),
    state: Wanted,
    gateway: z.strictObject({ id: Id, name: z.string(), prefix: z.string() }),
    refusal: z
      .string()
      .nullable()
      .describe('Why nothing is let in, by the licence of the namespace; null: the rules decide.'),
    provider: z
      .strictObject({ issuer: z.string(), audiences: z.array(z.string()) })
      .nullable()
      .describe('Whose tokens are accepted; null: nobody is let in.'),
    routes: z.array(
      Route.pick({
        id: true,
        name: true,
        host: true,
        pathPrefix: true,
        methods: true,
        serviceId: true,
        service: true,
        itemFrom: true,
        item: true,
        upstream: true,
        stripsPrefix: true,
        connectTimeoutMs: true,
        responseTimeoutMs: true,
        trustedCertificates: true,
        requestHeaders: true,
        responseHeaders: true,
      }),
    ),
    rules: z.array(
      Rule.pick({ id: true, serviceId: true, item: true, claims: true }).extend({ groupIds: z.array(Id) }),
    ),
    signing: z
      .strictObject({
        issuer: z.string(),
        header: z.string(),
        lifetimeSeconds: z.int(),
        includesGroups: z.boolean(),
        keys: z.array(
          z.strictObject({
            kid: z.string(),
            algorithm: z.enum(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA']),
            privateKey: z.string().describe('PKCS#8 in PEM. It is given to nobody but the agents of the gateway.'),
            startsAt: Timestamp,
            signsFrom: Timestamp,
            expiresAt: Timestamp,
          }),
        ),
      })
      .nullable()
      .describe('The token that each request to an upstream carries, and what signs it; null: none.'),
  })
  .meta({ id: 'AgentConfiguration' });

const Subject = z.string().min(1).max(255);

export const Subjects = z
  .strictObject({
    subjects: z.array(Subject).min(1, 'must name at least one subject').max(500, 'must name at most 500 subjects'),
  })
  .meta({ id: 'Subjects' });

export const SubjectGroups = z
  .strictObject({
    items: z.array(
      z.strictObject({
        subject: Subject,
        groupIds: z.array(Id).describe('Of the groups that rules of the gateway name, those that the person is in.'),
      }),
    ),
  })
  .meta({ id: 'SubjectGroups' });

export const AgentReport = z
  .strictObject({
    program: text(50),
    configuration: Version.nullable(),
    state: z.enum(['serving', 'draining', 'refusing', 'ended']).describe('ended: the last word before it stops.'),
    problem: text(500).nullable(),
    startedAt: Timestamp,
    ...counts,
    journal: JournalReport.optional(),
  })
  .meta({ id: 'AgentReport' });
export type AgentReport = z.output<typeof AgentReport>;
