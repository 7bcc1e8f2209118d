import { urn } from '../scim.ts';
import { type Person, type Team, Twin } from './twin.ts';

/**
 * Ping and SailPoint: governance products that read everything again and again, page by page with a list of
 * attributes, and change what differs by PATCHes to the letter of the RFC.
 */
abstract class Aggregator extends Twin {
  protected readonly pageSize = 5;
  protected abstract readonly sort: string;
  protected readonly headers: Record<string, string> = {
    accept: 'application/scim+json',
    'content-type': 'application/scim+json',
  };

  async connect() {
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'])
      this.require(await this.send('GET', path), 200);
    await this.aggregate('Users');
  }

  /** Reads all of it by pages. @throws {Error} when a page skips or repeats, or has what was not asked for */
  async aggregate(resource: 'Users' | 'Groups', attributes = ['userName', 'active', 'displayName', 'meta.created']) {
    const seen = new Map<string, Record<string, unknown>>();
    for (let startIndex = 1; ; startIndex += this.pageSize) {
      const { body } = this.require(
        await this.send(
          'GET',
          `/${resource}?startIndex=${startIndex}&count=${this.pageSize}&attributes=${attributes.join(',')}${this.sort}`,
        ),
        200,
      );
      for (const each of body.Resources) {
        if (seen.has(each.id)) throw new Error(`${this.name} saw ${each.id} on two pages.`);
        if ('emails' in each || 'members' in each) throw new Error(`${this.name} got what it did not ask for.`);
        seen.set(each.id, each);
      }
      if (startIndex + this.pageSize > body.totalResults) {
        if (seen.size !== body.totalResults) throw new Error(`${this.name} saw ${seen.size} of ${body.totalResults}.`);
        return seen;
      }
    }
  }

  async assign(person: Person) {
    const found = await this.first(`/Users?filter=${encodeURIComponent(`externalId eq "${person.key}"`)}`);
    if (found) {
      this.ids.set(person.key, found.id);
      return;
    }
    const { key, userName, email, givenName, familyName, isActive } = person;
    const { body } = this.require(
      await this.send('POST', '/Users', {
        schemas: [urn.user],
        externalId: key,
        userName,
        name: { givenName, familyName },
        emails: [{ value: email, type: 'work', primary: true }],
        active: isActive,
      }),
      201,
    );
    this.ids.set(key, body.id);
  }

  async update(person: Person) {
    const { userName, givenName, familyName, email } = person;
    await this.patch(
      `/Users/${this.idOf(person)}`,
      { op: 'replace', path: 'userName', value: userName },
      { op: 'replace', path: 'name', value: { givenName, familyName } },
      { op: 'replace', path: 'emails[type eq "work"]', value: { value: email } },
    );
    await this.aggregate('Users');
  }

  suspend(person: Person) {
    return this.patch(`/Users/${this.idOf(person)}`, { op: 'replace', path: 'active', value: false });
  }

  resume(person: Person) {
    return this.patch(`/Users/${this.idOf(person)}`, { op: 'replace', path: 'active', value: true });
  }

  async unassign(person: Person) {
    await this.remove(`/Users/${this.idOf(person)}`, person.key);
    await this.aggregate('Users');
  }

  async push(team: Team) {
    const found = await this.first(`/Groups?filter=${encodeURIComponent(`displayName eq "${team.name}"`)}`);
    const id = found?.id ?? (await this.create(team));
    this.ids.set(team.key, id);
    await this.aggregate('Groups');
  }

  private async create(team: Team): Promise<string> {
    const members = [...team.members].map((person) => ({ value: this.idOf(person), type: 'User' }));
    const group = { schemas: [urn.group], displayName: team.name, members };
    return this.require(await this.send('POST', '/Groups', group), 201).body.id;
  }

  async rename(team: Team) {
    await this.patch(`/Groups/${this.idOf(team)}`, { op: 'replace', path: 'displayName', value: team.name });
  }

  join(team: Team, people: Person[]) {
    return this.patch(`/Groups/${this.idOf(team)}`, {
      op: 'add',
      path: 'members',
      value: people.map((person) => ({ value: this.idOf(person) })),
    });
  }

  leave(team: Team, people: Person[]) {
    const named = people.map((person) => `value eq "${this.idOf(person)}"`).join(' or ');
    return this.patch(`/Groups/${this.idOf(team)}`, { op: 'remove', path: `members[${named}]` });
  }

  private async patch(path: string, ...Operations: object[]) {
    this.require(await this.send('PATCH', path, { schemas: [urn.patch], Operations }), 200, 204);
  }

  drop(team: Team) {
    return this.remove(`/Groups/${this.idOf(team)}`, team.key);
  }

  override expected(person: Person) {
    return { ...super.expected(person), active: person.isActive };
  }
}

/** PingFederate, PingOne: in the server's own order. */
export class Ping extends Aggregator {
  readonly name = 'Ping';
  protected readonly sort = '';
}

/** SailPoint: in an order of its own. */
export class SailPoint extends Aggregator {
  readonly name = 'SailPoint';
  protected readonly sort = '&sortBy=meta.created&sortOrder=ascending';
}
