import { serialize } from 'pg-protocol';

const BIND = 66;
/** Describe and Execute of the portal without a name, and Sync. */
const describePortal = serialize.describe({ type: 'P', name: '' });
const executePortal = serialize.execute();
const sync = serialize.sync();

const KEPT_BYTES = 16 * 1024;
let bytes = Buffer.allocUnsafe(KEPT_BYTES);
let length = 0;

/** A value as it leaves: text, bytes as they are, or null. */
export type Value = string | Buffer | null;

/**
 * Writes a message to the server (PostgreSQL's protocol, section 55.7) in one piece of memory that is used over and over:
 * pg-protocol makes a buffer for each part of it, which is then copied into another one. One message is written at a time.
 */
export const message = {
  begin(): void {
    length = 0;
  },

  /** A part that pg-protocol made. */
  add(part: Buffer): void {
    reserve(part.length);
    bytes.set(part, length);
    length += part.length;
  },

  /** Binds the values to a statement and executes it. */
  execute(statement: string, values: readonly Value[], isDescribed: boolean): void {
    reserve(16 + statement.length * 3 + values.length * 2);
    bytes[length] = BIND;
    const start = length + 1;
    length = start + 4;
    bytes[length++] = 0; // the portal has no name
    text(statement);
    bytes[length++] = 0;
    int16(values.length);
    for (const value of values) int16(value instanceof Buffer ? 1 : 0);
    int16(values.length);
    for (const value of values) put(value);
    reserve(4);
    int16(1); // all that comes back is text
    int16(0);
    bytes.writeInt32BE(length - start, start);
    if (!isDescribed) message.add(describePortal);
    message.add(executePortal);
  },

  /** What was written, to be sent. */
  end(): Buffer {
    message.add(sync);
    const written = bytes.subarray(0, length);
    if (bytes.length === KEPT_BYTES) return Buffer.from(written);
    bytes = Buffer.allocUnsafe(KEPT_BYTES);
    return written;
  },
};

function reserve(count: number) {
  if (length + count <= bytes.length) return;
  const larger = Buffer.allocUnsafe(2 * (length + count));
  bytes.copy(larger, 0, 0, length);
  bytes = larger;
}

function int16(value: number) {
  bytes[length++] = value >> 8;
  bytes[length++] = value;
}

function text(value: string) {
  length += bytes.write(value, length);
}

function put(value: Value) {
  if (value === null) {
    reserve(4);
    length = bytes.writeInt32BE(-1, length);
  } else if (typeof value === 'string') {
    reserve(4 + value.length * 3); // UTF-8 has three bytes for a UTF-16 unit at most
    const start = length;
    length += 4;
    text(value);
    bytes.writeInt32BE(length - start - 4, start);
  } else {
    reserve(4 + value.length);
    length = bytes.writeInt32BE(value.length, length);
    message.add(value);
  }
}
