import type { components } from './openapi.gen.ts';
import { isObject } from './problem.ts';

type ChangeAsked = components['schemas']['ChangeAsked'];

/** A request that is repeated with its Idempotency-Key is answered with what became of it. */
const saidOf: Record<ChangeAsked['state'], (asked: ChangeAsked) => string> = {
  pending: ({ expiresAt }) => `Nothing is changed yet: it waits for a second person until ${expiresAt}.`,
  approved: () => 'This was asked before: a second person approved it, and the change is made.',
  refused: () => 'This was asked before and refused: nothing is changed.',
  withdrawn: () => 'This was asked before and withdrawn: nothing is changed.',
  lapsed: () => 'This was asked before, and could not be made any more: nothing is changed.',
  expired: () => 'This was asked before, and nobody approved it in time: nothing is changed.',
};

/** A change in a protected namespace was not made by this request: a second person decides, or has decided. */
export class ChangeWaits extends Error {
  override readonly name = 'ChangeWaits';
  /** Its id, where it is read (`href`) and until when it can be approved. */
  readonly changeRequest: ChangeAsked;

  constructor(changeRequest: ChangeAsked) {
    super(saidOf[changeRequest.state](changeRequest));
    this.changeRequest = changeRequest;
  }
}

export const isChangeAsked = (data: unknown): data is ChangeAsked => isObject(data) && data.kind === 'change-request';
