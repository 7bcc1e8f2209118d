import type { z } from 'zod';
import { type Decision, decide, decisionQueries } from '../../capabilities/access/service.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid, Problem } from '../../kernel/problem.ts';
import { fieldErrors } from '../../kernel/schema.ts';
import { kindsOf, questionOf, requireItsNamespace } from './entities.ts';
import { Evaluation, type EvaluationReply, type Evaluations, isEvaluation } from './schema.ts';

type Many = z.output<typeof Evaluations>;
type Answer = z.output<typeof EvaluationReply>;

/** An evaluation that is complete, or what is missing in it. */
type Completed = Evaluation | Problem;

/** Section 7.1: what an evaluation leaves out is the one at the top, and what it has takes precedence, whole. */
function completed({ subject, action, resource, context, evaluations = [] }: Many): Completed[] {
  const top = { subject, action, resource, context };
  return evaluations.length === 0 ? [evaluationOf(top)] : evaluations.map((each) => evaluationOf({ ...top, ...each }));
}

function evaluationOf(value: Record<string, unknown>): Completed {
  if (isEvaluation(value)) return value;
  const { data, error } = Evaluation.safeParse(value);
  return data ?? invalid(...fieldErrors(error as z.ZodError));
}

const isComplete = (each: Completed): each is Evaluation => !(each instanceof Problem);

const wantsReasons = ({ context }: Evaluation): boolean => context?.reasons === true;

/** What an evaluation will ask, by its body alone. */
export function foreseen(tenantId: string, asked: Evaluation) {
  const question = questionOf(tenantId, asked);
  return question ? decisionQueries([question], wantsReasons(asked)) : [];
}

export function foreseenOfMany(tenantId: string, asked: Many) {
  const all = completed(asked).filter(isComplete);
  return decisionQueries(
    all.flatMap((each) => questionOf(tenantId, each) ?? []),
    all.some(wantsReasons),
  );
}

/** @throws {Problem} 403 for a service key that asks about something else than its namespace */
export async function evaluate(ctx: TenantContext, asked: Evaluation): Promise<Answer> {
  requireItsNamespace(ctx, asked.resource, asked.action.name);
  const question = questionOf(ctx.tenantId, asked);
  const [decision] = question ? await decide(ctx, [question], wantsReasons(asked)) : [];
  return answerOf(ctx, asked, decision);
}

/**
 * One statement decides about all; the semantics say where the list of answers ends.
 *
 * @throws {Problem} 400 for one evaluation, at the top, that is not complete
 */
export async function evaluateMany(ctx: TenantContext, asked: Many) {
  const all = completed(asked);
  const answers = await answersTo(ctx, all);
  if (!asked.evaluations?.length) {
    if (answers[0] instanceof Problem) throw answers[0];
    return answers[0];
  }
  const evaluations = answers.map(told);
  const semantic = asked.options?.evaluations_semantic ?? 'execute_all';
  const ending = semantic === 'execute_all' ? undefined : semantic === 'permit_on_first_permit';
  const end = evaluations.findIndex(({ decision }) => decision === ending);
  return { evaluations: end < 0 ? evaluations : evaluations.slice(0, end + 1) };
}

/** Section 7.2.1: an error of one evaluation is a no that says so. */
const told = (answer: Answer | Problem): Answer =>
  answer instanceof Problem
    ? { decision: false, context: { error: { status: answer.status, message: answer.message } } }
    : answer;

async function answersTo(ctx: TenantContext, asked: readonly Completed[]): Promise<(Answer | Problem)[]> {
  const questions = asked.map((each) => (isComplete(each) ? questionOf(ctx.tenantId, each) : undefined));
  const decisions = await decide(
    ctx,
    questions.filter((each) => each !== undefined),
    asked.some((each) => isComplete(each) && wantsReasons(each)),
  );
  let next = 0;
  return asked.map((each, at) => {
    if (!isComplete(each)) return each;
    const decision = questions[at] && decisions[next++];
    try {
      requireItsNamespace(ctx, each.resource, each.action.name);
    } catch (error) {
      return error as Problem;
    }
    return answerOf(ctx, each, decision);
  });
}

function answerOf({ rights }: TenantContext, asked: Evaluation, decision: Decision | undefined): Answer {
  const { subject } = asked;
  const isOfType = decision?.kind !== undefined && kindsOf(subject.type).includes(decision.kind);
  const isYes = decision?.allowed === true && isOfType;
  if (!wantsReasons(asked)) return { decision: isYes };
  const reason = !decision ? 'no-such-resource' : isOfType ? decision.reason : 'no-such-principal';
  // Which groups there are is for those who may see them.
  const paths = isYes && rights.may('groups.view') ? { paths: decision.paths } : {};
  return { decision: isYes, context: { reason, ...paths } };
}
