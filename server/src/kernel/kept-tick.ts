import { executionAsyncResource } from 'node:async_hooks';

const kept: object[] = [];

/**
 * Keeps one of the objects that `process.nextTick` makes, as long as the process lives: their layout would else be forgotten
 * when all are collected, as in a quiet minute, and each of the next ones made by a call of the runtime (decision 14).
 */
export const keepATick = (): void => process.nextTick(() => kept.push(executionAsyncResource()));
