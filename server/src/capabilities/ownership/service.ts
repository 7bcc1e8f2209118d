export { beginWaitingAgain } from './recovery.ts';
