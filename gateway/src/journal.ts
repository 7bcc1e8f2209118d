import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { components } from '@bailiwick/sdk';
import type { Log } from './log.ts';

/**
 * What is still to be reported, on disk: numbered lines in files that follow one another, under an id of the journal, so
 * that the region counts each once however often it is sent. Only what is on disk is ever sent; what the region has
 * written down is cut. When its room is used up the oldest goes, and is counted.
 */

export type TransactionRecord = components['schemas']['TransactionRecordInput'];
type Unnumbered = Omit<TransactionRecord, 'sequence'>;

const FLUSH_MS = 250;
const MOST_IN_FILE = 1024 * 1024;
/** Of what waits for the disk. */
const MOST_IN_MEMORY = 20_000;
/** That many bytes wait for the disk without another piece of memory. */
const ROOM = 256 * 1024;
/** As large as they grew by what comes; larger ones are not kept. */
const MOST_SPARE = 2 * 1024 * 1024;
const MOST_READ = 512 * 1024;
const MOST_AT_ONCE = 1_000;
export const LINE_BREAK = 10;
const ID = 'id';
const SUFFIX = '.jsonl';

interface Segment {
  file: string;
  /** Bytes that are whole lines on disk. */
  bytes: number;
  /** Lines that are not acknowledged. */
  left: number;
  /** Bytes that are acknowledged. */
  read: number;
  /** By an earlier process: a disk may have spoiled lines of it. */
  isTakenUp: boolean;
}

/** The oldest that are not acknowledged, and what to tell when they are. */
export interface Pending {
  /** Each a `TransactionRecord` as JSON with a line break; good until the next are asked for. */
  lines: Buffer;
  done: () => Promise<void>;
}

const PLAIN = /^[ !#-[\]-~]*$/;
const quoted = (text: string | null) =>
  text === null ? 'null' : PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);

/** Written out, which takes half the time of `JSON.stringify`: each request that is carried has one. */
const lineOf = (sequence: number, of: Unnumbered): string =>
  `{"sequence":${sequence},"at":"${of.at}","method":${quoted(of.method)},"path":${quoted(of.path)},"status":${of.status},"reason":${quoted(of.reason)},"routeId":${quoted(of.routeId)},"ruleId":${quoted(of.ruleId)},"serviceId":${quoted(of.serviceId)},"subject":${quoted(of.subject)},"durationMs":${of.durationMs},"bytesIn":${of.bytesIn},"bytesOut":${of.bytesOut}}\n`;

export class Journal {
  readonly id: string;
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #log: Log;
  readonly #segments: Segment[] = [];
  #sequence = 1;
  /** Lines that wait for the disk: many small texts would outlive the young of the heap. */
  #waiting: Buffer = Buffer.allocUnsafeSlow(ROOM);
  #filled = 0;
  #lines = 0;
  /** To fill while the other is written. */
  #spare: Buffer | undefined;
  #handle: FileHandle | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** Of what is reported: it is not made anew each time. */
  readonly #reading = Buffer.allocUnsafeSlow(MOST_READ);
  #dropped = 0;
  #fault: string | undefined;

  constructor(folder: string, mostBytes: number, log: Log) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    this.#log = log;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .sort();
    for (const name of files) this.#takeUp(name);
    const known = this.#segments.length > 0 ? this.#readId() : undefined;
    // Without a line of it nothing says how far it came: another one begins.
    if (!known) {
      for (const { file } of this.#segments) rmSync(file, { force: true });
      this.#segments.length = 0;
      this.#sequence = 1;
    }
    this.id = known ?? this.#writeId();
  }

  /** Lines that wait to be reported, and those that there was no room for or that the region does not take. */
  get counts() {
    return {
      waiting: this.#segments.reduce((sum, { left }) => sum + left, this.#lines),
      dropped: this.#dropped,
    };
  }

  /** What an administrator should know, in words. */
  get problem(): string | undefined {
    return this.#fault;
  }

  add(record: Unnumbered): void {
    if (this.#lines >= MOST_IN_MEMORY) {
      this.#dropped += 1;
      return;
    }
    const line = lineOf(this.#sequence++, record);
    const most = this.#filled + 3 * line.length;
    if (most > this.#waiting.length) {
      const larger = Buffer.allocUnsafeSlow(2 * most);
      this.#waiting.copy(larger, 0, 0, this.#filled);
      this.#waiting = larger;
    }
    this.#filled += this.#waiting.write(line, this.#filled);
    this.#lines += 1;
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Counts lines that the region will never take. */
  lose(count: number): void {
    this.#dropped += count;
  }

  /** Has all that was added on disk. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  /** The oldest that are on disk and not acknowledged; undefined when there are none. */
  async next(): Promise<Pending | undefined> {
    for (const segment of [...this.#segments]) {
      const read = await this.#read(segment);
      const { count, length } = wholeLines(read);
      const end = segment.read + length;
      const lines = segment.isTakenUp ? unspoiled(read.subarray(0, length)) : read.subarray(0, length);
      if (count > 0) return { lines, done: () => this.#acknowledge(segment, count, end) };
      await this.#acknowledge(segment, 0, segment.read);
    }
    return undefined;
  }

  async close() {
    await this.flush();
    await this.#handle?.close();
  }

  async #read({ file, bytes, read }: Segment): Promise<Buffer> {
    const length = Math.min(MOST_READ, bytes - read);
    if (length <= 0) return this.#reading.subarray(0, 0);
    const handle = await open(file, 'r');
    try {
      const { bytesRead } = await handle.read(this.#reading, 0, length, read);
      return this.#reading.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async #acknowledge(segment: Segment, count: number, end: number) {
    const at = this.#segments.indexOf(segment);
    if (at < 0) return; // dropped meanwhile
    segment.read = end;
    segment.left = Math.max(0, segment.left - count);
    // The one that is written into stays; its lines are known to the region.
    if (end >= segment.bytes && at < this.#segments.length - 1) {
      this.#segments.splice(at, 1);
      await unlink(segment.file).catch(() => undefined);
    }
  }

  async #write() {
    const [written, bytes, lines] = [this.#waiting, this.#filled, this.#lines];
    if (lines === 0) return;
    this.#waiting = this.#spare ?? Buffer.allocUnsafeSlow(ROOM);
    this.#spare = undefined;
    this.#filled = 0;
    this.#lines = 0;
    try {
      const segment = await this.#segmentFor(this.#sequence - lines);
      await this.#handle?.write(written, 0, bytes, segment.bytes);
      await this.#handle?.datasync();
      segment.bytes += bytes;
      segment.left += lines;
      this.#fault = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (this.#fault === undefined) this.#log('error', 'the journal cannot be written', { message });
      this.#fault = `The journal of transactions cannot be written: ${message}`;
      this.#dropped += lines;
      await this.#handle?.close().catch(() => undefined);
      this.#handle = undefined;
    }
    if (written.length <= MOST_SPARE) this.#spare = written;
    await this.#makeRoom();
  }

  /** The file to write into: another one when the last is full, or was begun by another process. */
  async #segmentFor(first: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (this.#handle && last && last.bytes < MOST_IN_FILE) return last;
    await this.#handle?.close();
    this.#handle = undefined;
    const file = join(this.#folder, String(first).padStart(16, '0') + SUFFIX);
    this.#handle = await open(file, 'w', 0o600);
    const folder = await open(this.#folder, 'r');
    await folder.sync().finally(() => folder.close());
    const segment = { file, bytes: 0, left: 0, read: 0, isTakenUp: false };
    this.#segments.push(segment);
    return segment;
  }

  async #makeRoom() {
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > this.#mostBytes && this.#segments.length > 1) {
      const oldest = this.#segments.shift() as Segment;
      bytes -= oldest.bytes;
      this.#dropped += oldest.left;
      this.#log('warn', 'the journal is full: its oldest transactions are gone', { dropped: oldest.left });
      await unlink(oldest.file).catch(() => undefined);
    }
  }

  /** A file of an earlier process, up to its last whole line. */
  #takeUp(name: string) {
    const file = join(this.#folder, name);
    const read = readFileSync(file);
    const bytes = read.lastIndexOf(LINE_BREAK) + 1;
    if (bytes < read.length) truncateSync(file, bytes);
    const lines = read.toString('utf8', 0, bytes).split('\n').filter(Boolean);
    const last = lines.map(parsed).findLast((record) => record !== undefined);
    const first = Number.parseInt(name, 10);
    this.#sequence = Math.max(this.#sequence, first, (last?.sequence ?? 0) + 1, first + lines.length);
    this.#segments.push({ file, bytes, left: lines.length, read: 0, isTakenUp: true });
  }

  #readId(): string | undefined {
    try {
      const id = readFileSync(join(this.#folder, ID), 'utf8');
      return /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
    } catch {
      return undefined;
    }
  }

  #writeId(): string {
    const id = randomUUID();
    const handle = openSync(join(this.#folder, ID), 'w', 0o600);
    writeSync(handle, id);
    fsyncSync(handle);
    closeSync(handle);
    return id;
  }
}

/** As many as are reported at once. */
function wholeLines(bytes: Buffer): { count: number; length: number } {
  let count = 0;
  let length = 0;
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0 && count < MOST_AT_ONCE; ) {
    count += 1;
    length = end + 1;
    end = bytes.indexOf(LINE_BREAK, length);
  }
  return { count, length };
}

/** Lines that a disk spoiled are left out. */
function unspoiled(lines: Buffer): Buffer {
  const whole = lines.toString().split('\n').filter(parsed);
  return Buffer.from(whole.map((line) => `${line}\n`).join(''));
}

function parsed(line: string): TransactionRecord | undefined {
  try {
    return JSON.parse(line) as TransactionRecord;
  } catch {
    return undefined;
  }
}
