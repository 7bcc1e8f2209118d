import { urn } from '../scim.ts';
import { type Person, type Team, Twin } from './twin.ts';
import type { Wire, WireReply } from './wire.ts';

/**
 * Microsoft Entra ID. With `aadOptscim062020` on the tenant URL its PATCHes follow the RFC; without, they are those of
 * Learn's page "known issues and resolutions with SCIM 2.0 protocol compliance".
 */
export class Entra extends Twin {
  readonly #isOpted: boolean;

  constructor(wire: Wire, isOpted: boolean) {
    super(wire);
    this.#isOpted = isOpted;
  }

  get name() {
    return this.#isOpted ? 'Entra ID with aadOptscim062020' : 'Entra ID';
  }

  protected readonly headers = {
    accept: 'application/scim+json',
    'content-type': 'application/scim+json; charset=utf-8',
  };

  /** Blanks as `+`, and the flag of the tenant URL on every request. */
  at(path: string, parameters: Record<string, string> = {}): string {
    const pairs = Object.entries(parameters).map(
      ([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%20', '+')}`,
    );
    const query = [...(this.#isOpted ? ['aadOptscim062020'] : []), ...pairs].join('&');
    return query === '' ? path : `${path}?${query}`;
  }

  async connect() {
    const { body } = this.require(await this.probe(crypto.randomUUID()), 200);
    if (body.totalResults !== 0 || !Array.isArray(body.Resources) || body.Resources.length !== 0)
      throw new Error(`Entra ID refuses the answer to its test: ${JSON.stringify(body)}`);
  }

  probe(userName: string): Promise<WireReply> {
    return this.send('GET', this.at('/Users', { filter: `userName eq "${userName}"` }));
  }

  /** One matching attribute after the other, in their precedence. */
  async match({ userName, key, email }: Pick<Person, 'userName' | 'key' | 'email'>) {
    for (const filter of [
      `userName eq "${userName}"`,
      `externalId eq "${key}"`,
      `emails[type eq "work"].value eq "${email}"`,
    ]) {
      const found = await this.first(this.at('/Users', { filter }));
      if (found) return found;
    }
    return undefined;
  }

  async assign(person: Person) {
    const found = await this.match(person);
    if (found) {
      this.ids.set(person.key, found.id);
      return this.update(person);
    }
    const { body } = this.require(await this.send('POST', this.at('/Users'), this.resource(person)), 201);
    this.ids.set(person.key, body.id);
  }

  resource({ key, userName, email, givenName, familyName, title, department, isActive }: Person) {
    return {
      schemas: [urn.user, urn.enterprise],
      externalId: key,
      userName,
      active: this.#isOpted ? isActive : isActive ? 'True' : 'False',
      displayName: `${givenName} ${familyName}`,
      emails: [{ primary: true, type: 'work', value: email }],
      meta: { resourceType: 'User' },
      name: { formatted: `${givenName} ${familyName}`, familyName, givenName },
      roles: [],
      title,
      [urn.enterprise]: { department, employeeNumber: key },
    };
  }

  async update(person: Person) {
    this.require(await this.send('GET', this.at(`/Users/${this.idOf(person)}`)), 200);
    await this.patchUser(person, ...this.changes(person));
  }

  private changes({ key, userName, email, givenName, familyName, title, department }: Person): object[] {
    const singles = {
      userName,
      displayName: `${givenName} ${familyName}`,
      'name.givenName': givenName,
      'name.familyName': familyName,
      'name.formatted': `${givenName} ${familyName}`,
      externalId: key,
      [`${urn.enterprise}:department`]: department,
    };
    const address = { path: 'emails[type eq "work"].value', value: email };
    if (this.#isOpted)
      return [
        { op: 'replace', ...address },
        { op: 'replace', value: singles },
        { op: 'add', path: 'title', value: title },
      ];
    return [
      { op: 'Replace', ...address },
      ...Object.entries(singles).map(([path, value]) => ({ op: 'Replace', path, value })),
      { op: 'Add', path: 'title', value: title },
    ];
  }

  async patchUser(person: { key: string }, ...Operations: object[]): Promise<WireReply> {
    const path = this.at(`/Users/${this.idOf(person)}`);
    return this.require(await this.send('PATCH', path, { schemas: [urn.patch], Operations }), 200, 204);
  }

  suspend(person: Person) {
    return this.switch(person, false);
  }

  resume(person: Person) {
    return this.switch(person, true);
  }

  private async switch(person: Person, isActive: boolean) {
    await this.patchUser(
      person,
      this.#isOpted
        ? { op: 'replace', path: 'active', value: isActive }
        : { op: 'Replace', path: 'active', value: isActive ? 'True' : 'False' },
    );
  }

  /** Disabled first, asked for by id and by name, and much later deleted. */
  async unassign(person: Person) {
    const path = this.at(`/Users/${this.idOf(person)}`);
    const { status } = this.require(await this.send('GET', path), 200, 404);
    if (status === 200) {
      await this.suspend(person);
      const again = this.require(await this.send('GET', path), 200);
      const found = await this.first(this.at('/Users', { filter: `userName eq "${person.userName}"` }));
      if (again.body.active !== false || found?.active !== false)
        throw new Error('Entra ID no longer finds whom it disabled.');
    }
    await this.remove(path, person.key);
  }

  async push(team: Team) {
    const found = await this.first(
      this.at('/Groups', { excludedAttributes: 'members', filter: `displayName eq "${team.name}"` }),
    );
    if (found?.members) throw new Error('Entra ID asked for groups without members.');
    const id = found?.id ?? (await this.create(team));
    this.ids.set(team.key, id);
    await this.join(team, [...team.members]);
  }

  private async create({ key, name }: Team): Promise<string> {
    const group = {
      schemas: [urn.group, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId: key,
      displayName: name,
      meta: { resourceType: 'Group' },
    };
    const { body } = this.require(await this.send('POST', this.at('/Groups'), group), 201);
    if (body.schemas.length !== 1) throw new Error('A URN that the server has no schema of was echoed.');
    return body.id;
  }

  async rename(team: Team) {
    const { body } = this.require(
      await this.send('GET', this.at(`/Groups/${this.idOf(team)}`, { excludedAttributes: 'members' })),
      200,
    );
    if ('members' in body) throw new Error('Entra ID asked for a group without members.');
    await this.patchGroup(team, { op: this.#isOpted ? 'replace' : 'Replace', path: 'displayName', value: team.name });
  }

  async patchGroup(team: { key: string }, ...Operations: object[]) {
    const path = this.at(`/Groups/${this.idOf(team)}`);
    return this.require(await this.send('PATCH', path, { schemas: [urn.patch], Operations }), 200, 204);
  }

  /** Two to a request, and all requests at once. */
  async join(team: Team, people: Person[]) {
    await this.inPairs(people, (pair) =>
      this.patchGroup(team, {
        op: this.#isOpted ? 'add' : 'Add',
        path: 'members',
        value: pair.map((person) => ({ ...(this.#isOpted ? {} : { $ref: null }), value: this.idOf(person) })),
      }),
    );
    for (const person of people.slice(0, 1))
      if (!(await this.isMember(team, person))) throw new Error('Entra ID misses the member that it added.');
  }

  async leave(team: Team, people: Person[]) {
    await this.inPairs(people, (pair) =>
      this.patchGroup(
        team,
        ...(this.#isOpted
          ? pair.map((person) => ({ op: 'remove', path: `members[value eq "${this.idOf(person)}"]` }))
          : [
              {
                op: 'Remove',
                path: 'members',
                value: pair.map((person) => ({ $ref: null, value: this.idOf(person) })),
              },
            ]),
      ),
    );
    for (const person of people.slice(0, 1))
      if (await this.isMember(team, person)) throw new Error('Entra ID still finds the member that it removed.');
  }

  private async inPairs(people: Person[], work: (pair: Person[]) => Promise<unknown>) {
    const pairs = people.flatMap((_, at) => (at % 2 === 0 ? [people.slice(at, at + 2)] : []));
    const done = await Promise.allSettled(pairs.map(work));
    for (const each of done) if (each.status === 'rejected') throw each.reason;
  }

  async isMember(team: Team, person: Person): Promise<boolean> {
    const filter = `id eq "${this.idOf(team)}" and members eq "${this.idOf(person)}"`;
    return (await this.first(this.at('/Groups', { filter, attributes: 'id' }))) !== undefined;
  }

  drop(team: Team) {
    return this.remove(this.at(`/Groups/${this.idOf(team)}`), team.key);
  }

  override expected(person: Person) {
    return {
      ...super.expected(person),
      active: person.isActive,
      title: person.title,
      [urn.enterprise]: { department: person.department, employeeNumber: person.key },
    };
  }
}
