import { Problem } from '../../kernel/problem.ts';

/** RFC 7644 table 9: the detail error keywords of a 400, and `uniqueness` of a 409. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  // RFC 9865 section 2.1.
  | 'invalidCursor'
  | 'invalidCount';

/** A problem of the protocol. The detail says in words what is wrong and what to do; it repeats no value. */
export const scimProblem = (status: 400 | 409, scimType: ScimType, detail: string) =>
  new Problem(status, `scim-${scimType}`, detail, { members: { scimType } });
