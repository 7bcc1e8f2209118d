import { scimProblem } from './problem.ts';

/** A name that every object has, or one of a path's steps is. */
export const isBuiltIn = (path: string): boolean =>
  (path.includes('[') ? path.slice(0, path.indexOf('[')) : path)
    .split(/[^\w$]+/)
    .some((step) => step in Object.prototype || step === 'prototype');

/** No name is looked up on a prototype; a client that sends one of these tries whether it is. */
export function refuseBuiltIns(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, part] of Object.entries(value)) {
    if (isBuiltIn(key))
      throw scimProblem(400, 'invalidValue', 'The value has a key that names no attribute and is not allowed.');
    refuseBuiltIns(part);
  }
}
