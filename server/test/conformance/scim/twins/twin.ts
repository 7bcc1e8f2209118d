import { expect } from 'vitest';
import { LostReply, type Wire, type WireReply } from './wire.ts';

/** A person in the directory of an identity provider. */
export interface Person {
  /** The directory's own id, which most send as externalId. */
  key: string;
  userName: string;
  email: string;
  givenName: string;
  familyName: string;
  title: string;
  department: string;
  isActive: boolean;
}

export interface Team {
  key: string;
  name: string;
  members: Set<Person>;
}

/** An identity provider's client: its requests in its order, what it remembers, and what it does when a reply is lost. */
export abstract class Twin {
  /** Ids of the server, by the keys of the directory. */
  protected readonly ids = new Map<string, string>();
  protected readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  abstract readonly name: string;
  /** What each request has, but for Authorization. */
  protected abstract readonly headers: Record<string, string>;
  /** Requests under way at once. */
  readonly lanes: number = 4;
  readonly hasGroups: boolean = true;
  /** Whether somebody who is taken away is deleted, or deactivated for good. */
  readonly deletes: boolean = true;
  /** The method that changes people, states, and names of groups: that is whose reply gets lost. */
  readonly updatesBy: string = 'PATCH';
  readonly switchesBy: string = 'PATCH';
  readonly renamesBy: string = 'PATCH';

  /** What an administrator's "test the connection" sends. */
  abstract connect(): Promise<void>;
  abstract assign(person: Person): Promise<void>;
  abstract update(person: Person): Promise<void>;
  abstract suspend(person: Person): Promise<void>;
  abstract resume(person: Person): Promise<void>;
  abstract unassign(person: Person): Promise<void>;
  abstract push(team: Team): Promise<void>;
  abstract rename(team: Team): Promise<void>;
  abstract join(team: Team, people: Person[]): Promise<void>;
  abstract leave(team: Team, people: Person[]): Promise<void>;
  abstract drop(team: Team): Promise<void>;

  /** What SCIM is to show of a person whom this client keeps. */
  expected({ userName, email, givenName, familyName, key }: Person): object {
    return {
      userName,
      externalId: key,
      name: { givenName, familyName },
      emails: [expect.objectContaining({ value: email })],
    };
  }

  idOf({ key }: { key: string }): string {
    const id = this.ids.get(key);
    if (id === undefined) throw new Error(`${this.name} does not know ${key}.`);
    return id;
  }

  knows({ key }: { key: string }): boolean {
    return this.ids.has(key);
  }

  /** One unit of the client's work, begun again from its start when a reply does not come. */
  async job(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LostReply) || attempt === 3) throw error;
      }
    }
  }

  protected send(method: string, path: string, body?: unknown): Promise<WireReply> {
    const { 'content-type': type, ...rest } = this.headers;
    return this.wire.send(
      method,
      path,
      { ...rest, ...(type === undefined || body === undefined ? {} : { 'content-type': type }) },
      body,
    );
  }

  /** The first of a list, or undefined. */
  protected async first(path: string): Promise<(Record<string, unknown> & { id: string }) | undefined> {
    const { body } = this.require(await this.send('GET', path), 200);
    if (!Array.isArray(body.Resources) || typeof body.totalResults !== 'number')
      throw new Error(`${this.name} cannot read the list: ${JSON.stringify(body)}`);
    return body.Resources[0];
  }

  protected require(reply: WireReply, ...statuses: number[]): WireReply {
    if (!statuses.includes(reply.status))
      throw new Error(`${this.name} stops at ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  /** Deletes; one that is gone already is what the client wanted. */
  protected async remove(path: string, key: string): Promise<void> {
    this.require(await this.send('DELETE', path), 204, 404);
    this.ids.delete(key);
  }
}
