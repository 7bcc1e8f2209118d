/**
 * Why the databases cannot start, in words for the person who typed the command: what is wrong, and what to do.
 *
 * The launcher prints the message without a stack and exits with 1.
 */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

/** The system's error code (`ENOENT`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function diskFull(folder: string): StartProblem {
  return new StartProblem(
    `The disk that holds ${folder} is full. Free at least 100 MiB there and start again; what was acknowledged is kept.`,
  );
}

/** Gives a failed write below `folder` its message; any other error comes back unchanged. */
export function explainWriteError(error: unknown, folder: string): unknown {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(folder);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StartProblem(
        `The data folder ${folder} cannot be written (${error instanceof Error ? error.message : 'refused'}). ` +
          'Give it to the user that runs Bailiwick, or name another one: BAILIWICK_DATA=<folder> npm start',
      );
    default:
      return error;
  }
}
