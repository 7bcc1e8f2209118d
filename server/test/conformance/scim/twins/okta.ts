import { urn } from '../scim.ts';
import { type Person, type Team, Twin } from './twin.ts';

/** Okta, as its SCIM 2.0 guide and its logs show it: PUT for profiles, PATCH for states and pushed groups. */
export class Okta extends Twin {
  readonly name = 'Okta';
  readonly #isPlainJson: boolean;
  override readonly deletes = false;
  override readonly updatesBy = 'PUT';

  /** @param isPlainJson some of its connectors say application/json */
  constructor(wire: Twin['wire'], isPlainJson = false) {
    super(wire);
    this.#isPlainJson = isPlainJson;
  }

  protected get headers() {
    return {
      'user-agent': 'Okta SCIM Client 1.0.0',
      accept: 'application/scim+json; charset=UTF-8',
      'content-type': this.#isPlainJson ? 'application/json' : 'application/scim+json; charset=UTF-8',
    };
  }

  async connect() {
    for (const resource of ['Users', 'Groups']) {
      const { body } = this.require(await this.send('GET', `/${resource}?startIndex=1&count=2`), 200);
      for (const name of ['totalResults', 'startIndex', 'itemsPerPage'])
        if (typeof body[name] !== 'number') throw new Error(`Okta wants ${name} to be a number.`);
      if (body.Resources.length > 2) throw new Error('Okta got more than it asked for.');
    }
  }

  private async find(resource: string, filter: string) {
    return this.first(`/${resource}?filter=${encodeURIComponent(filter)}&startIndex=1&count=100`);
  }

  async assign(person: Person) {
    const found = await this.find('Users', `userName eq "${person.userName}"`);
    if (found) {
      this.ids.set(person.key, found.id);
      return this.update(person);
    }
    const sent = { ...this.resource(person), groups: [], password: 'Pa55-of-the-synchronisation' };
    const { body } = this.require(await this.send('POST', '/Users', sent), 201);
    if ('password' in body) throw new Error('Okta got the password back.');
    this.ids.set(person.key, body.id);
  }

  private resource({ key, userName, email, givenName, familyName, isActive }: Person) {
    return {
      schemas: [urn.user],
      userName,
      name: { givenName, familyName },
      emails: [{ primary: true, value: email, type: 'work' }],
      displayName: `${givenName} ${familyName}`,
      locale: 'en-US',
      externalId: key,
      active: isActive,
    };
  }

  /** All of what it read goes back, with its own changes in it. */
  async update(person: Person) {
    const path = `/Users/${this.idOf(person)}`;
    const { body } = this.require(await this.send('GET', path), 200);
    this.require(await this.send('PUT', path, { ...body, ...this.resource(person) }), 200);
  }

  suspend(person: Person) {
    return this.switch(person, false);
  }

  resume(person: Person) {
    return this.switch(person, true);
  }

  private async switch(person: Person, active: boolean) {
    const { body } = this.require(
      await this.send('PATCH', `/Users/${this.idOf(person)}`, {
        schemas: [urn.patch],
        Operations: [{ op: 'replace', value: { active } }],
      }),
      200,
    );
    if (body.active !== active) throw new Error('Okta reads another state than it set.');
  }

  unassign(person: Person) {
    return this.suspend(person);
  }

  async push(team: Team) {
    const found = await this.find('Groups', `displayName eq "${team.name}"`);
    if (found) {
      this.ids.set(team.key, found.id);
      // "Push now": what is there is overwritten, without a path.
      return this.patch(team, { op: 'replace', value: { members: this.members([...team.members]) } });
    }
    const group = { schemas: [urn.group], displayName: team.name, members: this.members([...team.members]) };
    const { body } = this.require(await this.send('POST', '/Groups', group), 201);
    this.ids.set(team.key, body.id);
    await this.rename(team);
  }

  /** Without a type. */
  private members(people: Person[]) {
    return people.map((person) => ({ value: this.idOf(person), display: person.userName }));
  }

  rename(team: Team) {
    return this.patch(team, { op: 'replace', value: { id: this.idOf(team), displayName: team.name } });
  }

  join(team: Team, people: Person[]) {
    return this.patch(team, { op: 'add', path: 'members', value: this.members(people) });
  }

  /** Who goes and who stays, in one request. */
  async leave(team: Team, people: Person[]) {
    const [anyone] = [...team.members].filter((person) => !people.includes(person));
    await this.patch(
      team,
      ...people.map((person) => ({ op: 'remove', path: `members[value eq "${this.idOf(person)}"]` })),
      ...(anyone ? [{ op: 'add', path: 'members', value: this.members([anyone]) }] : []),
    );
  }

  private async patch(team: Team, ...Operations: object[]) {
    const path = `/Groups/${this.idOf(team)}`;
    this.require(await this.send('PATCH', path, { schemas: [urn.patch], Operations }), 200, 204);
  }

  drop(team: Team) {
    return this.remove(`/Groups/${this.idOf(team)}`, team.key);
  }

  override expected(person: Person) {
    return { ...super.expected(person), active: person.isActive, locale: 'en-US' };
  }
}
