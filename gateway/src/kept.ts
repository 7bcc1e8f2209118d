import { createHmac, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Configuration } from './configuration.ts';
import { StartProblem } from './settings.ts';

/** What outlives the process, readable by its account only: the enrolment, and the last configuration. */

export interface Kept {
  agentKey: string;
  /** The region's own. */
  url: string;
  /** By which it enrolled, when that is another: any node of the platform. */
  askedAt?: string;
  agentId: string;
  gateway: { id: string; name: string };
}

const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const enrolment = 'enrolment.json';
const configuration = 'configuration.json';

export class Folder {
  readonly path: string;

  constructor(folder: string) {
    this.path = resolve(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  readEnrolment(): Kept | undefined {
    return this.#read(enrolment) as Kept | undefined;
  }

  writeEnrolment(kept: Kept) {
    this.#write(enrolment, kept);
  }

  /** With the time (Unix, in ms) when the region last said that it is the one to use. Nobody without the key wrote it. */
  readConfiguration(agentKey: string): { configuration: Configuration; at: number } | undefined {
    const read = this.#read(configuration) as { text?: unknown; mac?: unknown } | undefined;
    if (typeof read?.text !== 'string' || typeof read.mac !== 'string') return undefined;
    const [expected, given] = [macOf(read.text, agentKey), Buffer.from(read.mac, 'base64url')];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return JSON.parse(read.text);
  }

  writeConfiguration(kept: { configuration: Configuration; at: number }, agentKey: string) {
    const text = JSON.stringify(kept);
    this.#write(configuration, { text, mac: macOf(text, agentKey).toString('base64url') });
  }

  forgetConfiguration() {
    rmSync(join(this.path, configuration), { force: true });
  }

  /**
   * Whether the enrolment is for the gateway that was asked for.
   *
   * @param asked name or id
   * @returns what to tell of another name: the gateway was renamed since, or another one is meant
   * @throws {StartProblem} of another id
   */
  requireGateway({ agentKey, gateway: { id, name } }: Kept, asked: string | undefined): string | undefined {
    if (!asked || [id, name, this.readConfiguration(agentKey)?.configuration.gateway.name].includes(asked)) return;
    const told = `--gateway ${asked}: the data folder ${this.path} is enrolled for the gateway ${name} (${id})`;
    if (isId.test(asked))
      throw new StartProblem(`${told}. Name that one, or enrol for another one with another folder: --data.`);
    return `${told}, and runs that. To run another one, name another folder: --data.`;
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.path, name), 'utf8'));
    } catch {
      return undefined; // not there, or cut off: as if there was none
    }
  }

  #write(name: string, value: unknown) {
    const file = join(this.path, name);
    writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
    chmodSync(`${file}.new`, 0o600);
    renameSync(`${file}.new`, file);
  }
}

const macOf = (text: string, agentKey: string): Buffer =>
  createHmac('sha256', `configuration of a gateway\n${agentKey}`).update(text).digest();
