import type { components } from './openapi.gen.ts';
import { isObject } from './problem.ts';

type ChangeAsked = components['schemas']['ChangeAsked'];

/** A change in a protected namespace was not made: it waits for a second person. */
export class ChangeWaits extends Error {
  override readonly name = 'ChangeWaits';
  /** Its id, where it is read (`href`) and until when it can be approved. */
  readonly changeRequest: ChangeAsked;

  constructor(changeRequest: ChangeAsked) {
    super(`Nothing is changed yet: it waits for a second person until ${changeRequest.expiresAt}.`);
    this.changeRequest = changeRequest;
  }
}

export const isChangeAsked = (data: unknown): data is ChangeAsked => isObject(data) && data.kind === 'change-request';
