import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Agent } from 'undici';
import type { Log } from './log.ts';
import { type ClientTls, StartProblem, textOf } from './settings.ts';

/** Connections to the region: new ones, when the client certificate that they show has been renewed. */

const bounds = { headersTimeout: 30_000, bodyTimeout: 30_000 };

export class Connections {
  readonly #files: ClientTls['files'];
  readonly #log: Log;
  #written: string | undefined;
  #agent: Agent;
  /** Why those that are there now are not shown. */
  #fault: string | undefined;

  /** @throws {StartProblem} when the files cannot be read, or do not belong together */
  constructor(files: ClientTls['files'], log: Log) {
    this.#files = files;
    this.#log = log;
    try {
      this.#written = this.#lastWritten();
      this.#agent = this.#made();
    } catch (error) {
      throw new StartProblem(`${saidOf(files)} cannot be used: ${wordsOf(files, (error as Error).message)}`);
    }
  }

  /** What is open on those before ends as it began. */
  current(): Agent {
    try {
      const written = this.#lastWritten();
      if (written !== this.#written) {
        this.#written = written; // what does not open is not tried again before it is written anew
        this.#fault = undefined;
        const next = this.#made();
        void this.#agent.close();
        this.#agent = next;
        this.#log('info', 'another client certificate is shown to the region');
      }
    } catch (error) {
      // The two files may be written one after the other: the old pair is shown until they belong together.
      this.#tell((error as Error).message);
    }
    return this.#agent;
  }

  /** Once for each change of the files. */
  #tell(fault: string) {
    if (fault === this.#fault) return;
    this.#fault = fault;
    const why = `${saidOf(this.#files)} cannot be used: ${wordsOf(this.#files, fault)}`;
    this.#log('error', 'the changed client certificate cannot be used: the one before it is still shown', {
      message: why,
    });
  }

  close = () => this.#agent.destroy();

  #lastWritten(): string | undefined {
    return (
      this.#files &&
      namesOf(this.#files)
        .map((file) => statSync(file).mtimeMs)
        .join(' ')
    );
  }

  #made(): Agent {
    if (!this.#files) return new Agent({ ...bounds, connect: { timeout: 5_000 } });
    // Opened once, not for each connection: a PKCS#12 file takes its time. Throws where the parts do not belong together.
    const secureContext = createSecureContext(readOf(this.#files));
    return new Agent({ ...bounds, connect: { timeout: 5_000, secureContext } });
  }
}

const NOT_ITS_CODING = /^(wrong tag|not enough data|field missing|illegal zero content|.*too long)$/;

type Files = NonNullable<ClientTls['files']>;

function namesOf(files: Files): string[] {
  if (!('pkcs12' in files)) return [files.certificate, files.key];
  return typeof files.password === 'string' ? [files.pkcs12] : [files.pkcs12, files.password.file];
}

function readOf(files: Files) {
  if (!('pkcs12' in files)) return { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  const { pkcs12, password } = files;
  return {
    pfx: readFileSync(pkcs12),
    passphrase: typeof password === 'string' ? password : textOf(password.file).trim(),
  };
}

/** What OpenSSL says of a PKCS#12 file, for who has the file and not the source of OpenSSL; other words as they are. */
function wordsOf(files: ClientTls['files'], message: string): string {
  if (!files || !('pkcs12' in files)) return message;
  if (message === 'mac verify failure') return 'the password does not open it.';
  return NOT_ITS_CODING.test(message) ? 'it is no PKCS#12 file, or a part of one.' : message;
}

function saidOf(files: ClientTls['files']): string {
  if (!files) return 'The connection to the region';
  return 'pkcs12' in files
    ? `--client-pkcs12 ${files.pkcs12} with its password`
    : `--client-certificate ${files.certificate} and --client-key ${files.key}`;
}
