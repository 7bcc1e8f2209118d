import { expect } from 'vitest';
import { urn } from '../scim.ts';
import { type Person, type Team, Twin } from './twin.ts';

/**
 * Keycloak and authentik: they read ServiceProviderConfig and believe it, create without looking, adopt what is there
 * when the 409 says `uniqueness`, PUT people and PATCH groups.
 */
abstract class OpenSource extends Twin {
  override readonly updatesBy = 'PUT';
  override readonly switchesBy = 'PUT';
  protected config: { patch: boolean; filter: boolean; mostOperations: number } | undefined;

  async connect() {
    const { body } = this.require(await this.send('GET', '/ServiceProviderConfig'), 200);
    this.config = {
      patch: body.patch.supported,
      filter: body.filter.supported,
      mostOperations: body.bulk.maxOperations,
    };
    if (!this.config.patch || !this.config.filter) throw new Error(`${this.name} would not PATCH, or not look up.`);
    await this.discover('Users');
    await this.discover('Groups');
  }

  /** Reads a list to its end by what it has seen. */
  private async discover(resource: string): Promise<void> {
    let seen = 0;
    for (let path = `/${resource}`; ; path = `/${resource}?startIndex=${seen + 1}`) {
      const { body } = this.require(await this.send('GET', path), 200);
      seen += body.Resources.length;
      if (seen >= body.totalResults) return;
      if (body.Resources.length === 0) throw new Error(`${this.name} never sees the end of ${resource}.`);
    }
  }

  /** @returns the id of what it made, or of what was there already */
  protected async createOrAdopt(resource: 'Users' | 'Groups', body: object, filter: string): Promise<string> {
    const made = this.require(await this.send('POST', `/${resource}`, body), 201, 409);
    if (made.status === 201) return made.body.id;
    if (made.body.scimType !== 'uniqueness')
      throw new Error(`${this.name} adopts nothing on ${JSON.stringify(made.body)}.`);
    const found = await this.first(`/${resource}?filter=${encodeURIComponent(filter).replaceAll('%20', '+')}`);
    if (!found) throw new Error(`${this.name} cannot find what stands in its way.`);
    return found.id;
  }

  async assign(person: Person) {
    const id = await this.createOrAdopt('Users', this.resource(person), `userName eq "${person.userName}"`);
    this.ids.set(person.key, id);
  }

  protected abstract resource(person: Person): object;

  async update(person: Person) {
    this.require(await this.send('PUT', `/Users/${this.idOf(person)}`, this.resource(person)), 200);
  }

  suspend(person: Person) {
    return this.update({ ...person, isActive: false });
  }

  resume(person: Person) {
    return this.update({ ...person, isActive: true });
  }

  unassign(person: Person) {
    return this.remove(`/Users/${this.idOf(person)}`, person.key);
  }

  drop(team: Team) {
    return this.remove(`/Groups/${this.idOf(team)}`, team.key);
  }

  join(team: Team, people: Person[]) {
    return this.patchMembers(team, 'add', people);
  }

  leave(team: Team, people: Person[]) {
    return this.patchMembers(team, 'remove', people);
  }

  protected abstract patchMembers(team: Team, op: 'add' | 'remove', people: Person[]): Promise<void>;

  protected async patch(team: Team, Operations: object[]) {
    const path = `/Groups/${this.idOf(team)}`;
    this.require(await this.send('PATCH', path, { schemas: [urn.patch], Operations }), 200, 204);
  }

  override expected({ userName, email, key, isActive }: Person): object {
    return {
      userName,
      externalId: key,
      emails: [expect.objectContaining({ value: email })],
      active: isActive,
    };
  }
}

/** authentik: groups are renamed without a path, then compared with what is there, one operation for each member. */
export class Authentik extends OpenSource {
  readonly name = 'authentik';
  protected readonly headers = {
    'user-agent': 'goauthentik.io/2026.8',
    accept: 'application/scim+json',
    'content-type': 'application/scim+json',
  };

  protected resource({ key, userName, email, givenName, familyName, isActive }: Person) {
    return {
      schemas: [urn.user],
      ...(this.ids.has(key) ? { id: this.ids.get(key) } : {}),
      externalId: key,
      userName,
      name: { formatted: `${givenName} ${familyName}`, givenName, familyName },
      displayName: `${givenName} ${familyName}`,
      active: isActive,
      emails: [{ value: email, type: 'other', primary: true }],
      locale: 'en',
    };
  }

  private group({ key, name }: Team) {
    return { schemas: [urn.group], externalId: key, displayName: name };
  }

  async push(team: Team) {
    const id = await this.createOrAdopt('Groups', this.group(team), `displayName eq "${team.name}"`);
    this.ids.set(team.key, id);
    await this.patchMembers(team, 'add', [...team.members]);
  }

  async rename(team: Team) {
    await this.patch(team, [{ op: 'replace', value: { ...this.group(team), id: this.idOf(team) } }]);
    const { body } = this.require(await this.send('GET', `/Groups/${this.idOf(team)}`), 200);
    const there = new Set((body.members ?? []).map(({ value }: { value: string }) => value));
    const missing = [...team.members].filter((person) => !there.has(this.idOf(person)));
    await this.patchMembers(team, 'add', missing);
  }

  /** In chunks of what the server says of Bulk. Removals are the old form, an array as the value. */
  protected async patchMembers(team: Team, op: 'add' | 'remove', people: Person[]) {
    const size = this.config?.mostOperations || people.length;
    for (let at = 0; at < people.length; at += size) {
      const chunk = people.slice(at, at + size);
      await this.patch(
        team,
        chunk.map((person) => ({ op, path: 'members', value: [{ value: this.idOf(person) }] })),
      );
    }
  }
}

/** Keycloak with its SCIM plug-in (UnboundID's client): relative locations in meta, a content type on DELETE. */
export class Keycloak extends OpenSource {
  readonly name = 'Keycloak';
  override readonly renamesBy = 'PUT';
  protected readonly headers = {
    'user-agent': 'Apache-HttpClient/4.5.14 (Java/21.0.8)',
    accept: 'application/scim+json, application/json',
    'content-type': 'application/scim+json',
  };

  protected resource({ key, userName, email, givenName, familyName, isActive }: Person) {
    const id = this.ids.get(key);
    return {
      schemas: [urn.user],
      ...(id === undefined ? {} : { id, meta: { location: `Users/${id}` } }),
      externalId: key,
      userName,
      displayName: `${givenName} ${familyName}`,
      emails: [{ primary: true, value: email }],
      active: isActive,
      roles: [],
    };
  }

  private group(team: Team) {
    const id = this.ids.get(team.key);
    return {
      schemas: [urn.group],
      ...(id === undefined ? {} : { id, meta: { location: `Groups/${id}` } }),
      externalId: team.key,
      displayName: team.name,
      members: [...team.members].map((person) => ({
        value: this.idOf(person),
        $ref: `Users/${this.idOf(person)}`,
      })),
    };
  }

  async push(team: Team) {
    const id = await this.createOrAdopt('Groups', this.group(team), `displayName eq "${team.name}"`);
    this.ids.set(team.key, id);
    this.require(await this.send('PUT', `/Groups/${id}`, this.group(team)), 200);
  }

  async rename(team: Team) {
    this.require(await this.send('PUT', `/Groups/${this.idOf(team)}`, this.group(team)), 200);
  }

  protected async patchMembers(team: Team, op: 'add' | 'remove', people: Person[]) {
    const members = people.map((person) => ({ value: this.idOf(person) }));
    if (op === 'add') return this.patch(team, [{ op, path: 'members', value: members }]);
    return this.patch(
      team,
      members.map(({ value }) => ({ op, path: `members[value eq "${value}"]` })),
    );
  }

  protected override async remove(path: string, key: string) {
    const reply = await this.wire.send('DELETE', path, this.headers);
    this.require(reply, 204, 404);
    this.ids.delete(key);
  }
}
