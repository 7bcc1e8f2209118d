import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Log } from './log.ts';
import { StartProblem, type TlsFiles } from './settings.ts';

/** The certificate by which the program serves: read again when its files change, so that a renewal drops nothing. */

const LOOK_MS = 30_000;
const DAY_MS = 86_400_000;
/** Told so long before its end, once a day. */
const TOLD_DAYS = 14;

interface Pair {
  cert: string;
  key: string;
  minVersion: 'TLSv1.2';
}

/** Whatever serves by it. */
interface Serves {
  setSecureContext: (pair: Pair) => void;
}

export class OwnCertificate {
  readonly #files: TlsFiles;
  readonly #log: Log;
  readonly #servers: Serves[] = [];
  readonly #timer: NodeJS.Timeout;
  #pair: Pair;
  #expiresAt: Date;
  #fault: string | undefined;
  #told: { problem: string | undefined; at: number } = { problem: undefined, at: 0 };

  /** @throws {StartProblem} when the files cannot be read, or do not belong together */
  constructor(files: TlsFiles, log: Log) {
    this.#files = files;
    this.#log = log;
    let read: { pair: Pair; expiresAt: Date };
    try {
      read = this.#read();
    } catch (error) {
      throw new StartProblem(
        `--tls-certificate ${files.certificate} and --tls-key ${files.key} cannot be used: ${(error as Error).message}`,
      );
    }
    const { pair, expiresAt } = read;
    this.#pair = pair;
    this.#expiresAt = expiresAt;
    this.#tell();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  get pair(): Pair {
    return this.#pair;
  }

  /** What an administrator should know, in words. */
  get problem(): string | undefined {
    const left = this.#expiresAt.getTime() - Date.now();
    const at = this.#expiresAt.toISOString();
    const remedy = `Renew ${this.#files.certificate}: it is read again within ${LOOK_MS / 1000} seconds.`;
    if (this.#fault !== undefined) return `The renewed certificate cannot be used: ${this.#fault}`;
    if (left <= 0) return `The certificate by which it serves is over since ${at}. ${remedy}`;
    if (left <= TOLD_DAYS * DAY_MS) return `The certificate by which it serves is over on ${at}. ${remedy}`;
    return undefined;
  }

  /** @returns the server, which serves by whatever comes next too */
  serves<S extends Serves>(server: S): S {
    this.#servers.push(server);
    return server;
  }

  stop = () => clearInterval(this.#timer);

  look() {
    try {
      const { pair, expiresAt } = this.#read();
      this.#fault = undefined;
      if (pair.cert !== this.#pair.cert || pair.key !== this.#pair.key) {
        for (const server of this.#servers) server.setSecureContext(pair);
        this.#pair = pair;
        this.#expiresAt = expiresAt;
        this.#log('info', 'another certificate serves', { expiresAt: expiresAt.toISOString() });
      }
    } catch (error) {
      // The two files may be written one after the other: the old pair serves until they belong together.
      this.#fault = (error as Error).message;
    }
    this.#tell();
  }

  /** In the log, when it is new, and once a day while it lasts. */
  #tell() {
    const { problem } = this;
    const now = Date.now();
    if (problem === this.#told.problem && now - this.#told.at < DAY_MS) return;
    this.#told = { problem, at: now };
    if (this.#fault !== undefined) this.#log('error', 'the renewed certificate cannot be used', { message: problem });
    else if (problem !== undefined) this.#log('warn', 'the certificate needs a look', { message: problem });
  }

  #read(): { pair: Pair; expiresAt: Date } {
    const cert = readFileSync(this.#files.certificate, 'utf8');
    const key = readFileSync(this.#files.key, 'utf8');
    createSecureContext({ cert, key }); // throws where they do not belong together
    return { pair: { cert, key, minVersion: 'TLSv1.2' }, expiresAt: new Date(new X509Certificate(cert).validTo) };
  }
}
