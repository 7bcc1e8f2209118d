import { Readable } from 'node:stream';
import { tooMany } from '../../kernel/problem.ts';

/** Long replies that leave at the same time for one tenant; more wait, and more than so many are refused. */
const AT_ONCE = 2;
const MOST_WAITING = 16;

/** How long a client may take for a part, about 80 KiB. One that takes longer is cut off. */
const TAKEN_MS = 20_000;

interface Line {
  leaving: number;
  waiting: (() => void)[];
}

const lines = new Map<string, Line>();

/**
 * A long reply, as a stream. Few of a tenant leave at a time, so that they take neither the node nor its memory (P37);
 * a client that does not read gives its place up.
 */
export function inTurn(tenantId: string, parts: AsyncIterable<string>, takenMs = TAKEN_MS): Readable {
  const tooSlow = () => stream.destroy(new Error('The client did not take a long reply.'));
  const stream: Readable = Readable.from(inLine(tenantId, parts, tooSlow, takenMs), { objectMode: false });
  return stream;
}

async function* inLine(
  tenantId: string,
  parts: AsyncIterable<string>,
  tooSlow: () => void,
  takenMs: number,
): AsyncGenerator<string> {
  const line = lines.get(tenantId) ?? { leaving: 0, waiting: [] };
  lines.set(tenantId, line);
  if (line.leaving >= AT_ONCE) await new Promise<void>((resolve) => line.waiting.push(resolve));
  else line.leaving++;
  let late: NodeJS.Timeout | undefined;
  try {
    for await (const part of parts) {
      late = setTimeout(tooSlow, takenMs);
      yield part;
      clearTimeout(late);
    }
  } finally {
    clearTimeout(late);
    const next = line.waiting.shift();
    if (next) next();
    else if (--line.leaving === 0) lines.delete(tenantId);
  }
}

/** @throws {Problem} 429 */
export function requireRoomInLine(tenantId: string): void {
  if ((lines.get(tenantId)?.waiting.length ?? 0) >= MOST_WAITING)
    throw tooMany('Many large groups of this tenant are being read at once. Ask with excludedAttributes=members.', 5);
}
