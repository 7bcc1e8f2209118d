import { PasswordQueue, PasswordQueueFull } from './passwords.ts';
import { tooMany } from './problem.ts';

/** One queue a process, whatever nodes run in it: what it bounds is the machine's processors. A sign-in is three hashes. */
const queue = new PasswordQueue({ perKey: 96, total: 768 });

async function inTurn<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PasswordQueueFull)
      throw tooMany('Many passwords are being checked at the moment. Try again shortly.', error.retryAfterSeconds);
    throw error;
  }
}

/**
 * Hashes a new password in its turn.
 *
 * @param fairnessKey whose turn it is: a tenant, or the source of a request
 * @throws {Problem} 429 when too many wait
 */
export const hashPassword = (fairnessKey: string, password: string) =>
  inTurn(queue.hashPassword(fairnessKey, password));

/** Notes that a sign-in was wrong: its source and whom it was for come after others for a while. */
export const noteWrongPassword = (fairnessKey: string, group: string) => queue.noteWrong(fairnessKey, group);

/**
 * Tells whether the password is the one stored, in its turn.
 *
 * @param stored undefined where there is none: false, after the same time
 * @param group whom it is for, where that is another than who asks: many sources that ask for one share its turns
 * @throws {Problem} 429 when too many wait
 */
export const verifyPassword = (fairnessKey: string, stored: string | undefined, password: string, group?: string) =>
  inTurn(queue.verifyPassword(fairnessKey, stored, password, group));
