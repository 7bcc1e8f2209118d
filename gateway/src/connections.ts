import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Agent } from 'undici';
import { StartProblem, type TlsFiles } from './settings.ts';

/** Connections to the region: new ones, when the client certificate that they show has been renewed. */

const bounds = { headersTimeout: 30_000, bodyTimeout: 30_000 };

export class Connections {
  readonly #files: TlsFiles | undefined;
  #written: string | undefined;
  #agent: Agent;

  /** @throws {StartProblem} when the files cannot be read, or do not belong together */
  constructor(files: TlsFiles | undefined) {
    this.#files = files;
    try {
      this.#written = this.#lastWritten();
      this.#agent = this.#made();
    } catch (error) {
      throw new StartProblem(
        `--client-certificate ${files?.certificate} and --client-key ${files?.key} cannot be used: ${(error as Error).message}`,
      );
    }
  }

  /** What is open on those before ends as it began. */
  current(): Agent {
    try {
      const written = this.#lastWritten();
      if (written !== this.#written) {
        const next = this.#made();
        void this.#agent.close();
        this.#agent = next;
        this.#written = written;
      }
    } catch {
      // The two files may be written one after the other: the old pair is shown until they belong together.
    }
    return this.#agent;
  }

  close = () => this.#agent.destroy();

  #lastWritten(): string | undefined {
    const files = this.#files;
    return files && [files.certificate, files.key].map((file) => statSync(file).mtimeMs).join(' ');
  }

  #made(): Agent {
    if (!this.#files) return new Agent({ ...bounds, connect: { timeout: 5_000 } });
    const cert = readFileSync(this.#files.certificate, 'utf8');
    const key = readFileSync(this.#files.key, 'utf8');
    createSecureContext({ cert, key }); // throws where they do not belong together
    return new Agent({ ...bounds, connect: { timeout: 5_000, cert, key } });
  }
}
