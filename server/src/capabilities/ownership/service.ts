export { beginWaitingAgain, waitingRecoveryOf } from './recovery.ts';
