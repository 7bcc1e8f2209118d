import { z } from 'zod';
import { Id } from '../../kernel/schema.ts';

/** OpenID AuthZEN Authorization API 1.0: what is not known in a request is ignored, and names are arbitrary text. */

const MAX_NAME = 2000;
const Name = z.string().max(MAX_NAME);
const Properties = z.record(z.string(), z.unknown());

const Kind = z.object({ type: Name, properties: Properties.optional() });
const Entity = Kind.extend({ id: Name });
const Action = z.object({ name: Name, properties: Properties.optional() });

const Context = z
  .record(z.string(), z.unknown())
  .optional()
  .describe('Accepted. With `reasons: true` the answer says why.');

export const InTenant = z.strictObject({ tenantId: Id });

export const Evaluation = z
  .object({ subject: Entity, action: Action, resource: Entity, context: Context })
  .meta({ id: 'AuthzenEvaluation' });
export type Evaluation = z.output<typeof Evaluation>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isName = (value: unknown) => typeof value === 'string' && value.length <= MAX_NAME;
const isLeftOutOrObject = (value: unknown) => value === undefined || isObject(value);
const isEntity = (value: unknown) =>
  isObject(value) && isName(value.type) && isName(value.id) && isLeftOutOrObject(value.properties);

/**
 * Whether `Evaluation` takes it, told without the copies that a parse makes: a thousand of them are more than all else
 * that a request makes.
 */
export const isEvaluation = (value: { [Part in keyof Evaluation]?: unknown }): value is Evaluation =>
  isEntity(value.subject) &&
  isObject(value.action) &&
  isName(value.action.name) &&
  isLeftOutOrObject(value.action.properties) &&
  isEntity(value.resource) &&
  isLeftOutOrObject(value.context);

/** Read as it is: what it leaves out is filled in before it is looked at. */
const Incomplete = z
  .custom<Record<string, unknown>>(isObject, { error: 'is not an object' })
  .meta({ type: 'object', additionalProperties: {} });

const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;

/** Section 7: what each evaluation leaves out is taken from the top, where what none takes need not be complete. */
export const Evaluations = z
  .object({
    subject: Entity.partial().optional(),
    action: Action.partial().optional(),
    resource: Entity.partial().optional(),
    context: Context,
    evaluations: z.array(Incomplete).max(1000).optional(),
    options: z.object({ evaluations_semantic: z.enum(semantics).optional() }).optional(),
  })
  .meta({ id: 'AuthzenEvaluations' });

export const EvaluationReply = z
  .strictObject({ decision: z.boolean(), context: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: 'AuthzenDecision' });

export const EvaluationsReply = z
  .strictObject({ ...EvaluationReply.partial().shape, evaluations: z.array(EvaluationReply).optional() })
  .meta({ id: 'AuthzenDecisions' });

const Page = z
  .object({ token: z.string().max(6000).optional(), limit: z.int().min(0).optional() })
  .optional()
  .describe(
    'At most 200 are given at once; with a limit of 0 none, only how many there are where that is known, and a token that goes with another limit or none. A token is of one search: all else stays as it was.',
  );

export const SubjectSearch = z
  .object({ subject: Kind, action: Action, resource: Entity, context: Context, page: Page })
  .meta({ id: 'AuthzenSubjectSearch' });
export const ResourceSearch = z
  .object({ subject: Entity, action: Action, resource: Kind, context: Context, page: Page })
  .meta({ id: 'AuthzenResourceSearch' });
export const ActionSearch = z
  .object({ subject: Entity, resource: Entity, context: Context, page: Page })
  .meta({ id: 'AuthzenActionSearch' });

const found = (result: z.ZodObject) =>
  z.strictObject({
    page: z.strictObject({
      next_token: z.string().describe('Empty at the end.'),
      count: z.int(),
      total: z
        .int()
        .optional()
        .describe('Left out where it is not known: of resources, and of more than 10,000 subjects.'),
    }),
    results: z.array(result),
  });

const Found = z.strictObject({ type: z.string(), id: z.string() });
export const Subjects = found(Found).meta({ id: 'AuthzenSubjects' });
export const Resources = found(Found).meta({ id: 'AuthzenResources' });
export const Actions = found(z.strictObject({ name: z.string() })).meta({ id: 'AuthzenActions' });

export const Configuration = z
  .strictObject({
    policy_decision_point: z.string(),
    access_evaluation_endpoint: z.string(),
    access_evaluations_endpoint: z.string(),
    search_subject_endpoint: z.string(),
    search_resource_endpoint: z.string(),
    search_action_endpoint: z.string(),
  })
  .meta({ id: 'AuthzenConfiguration' });
