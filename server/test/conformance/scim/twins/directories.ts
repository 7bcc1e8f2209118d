import { urn } from '../scim.ts';
import { type Person, type Team, Twin } from './twin.ts';

/** Cloud directories that look up, POST and PUT whole people: JumpCloud, OneLogin and Google differ in little. */
abstract class Directory extends Twin {
  override readonly updatesBy = 'PUT';
  override readonly switchesBy = 'PUT';

  /** How it writes a query. */
  protected query(filter: string): string {
    return `?filter=${encodeURIComponent(filter)}`;
  }

  /** What it writes after the path of a change. */
  protected readonly tail: string = '';

  async connect() {
    this.require(await this.send('GET', '/Users?startIndex=1&count=1'), 200);
  }

  async assign(person: Person) {
    const found = await this.first(`/Users${this.query(`userName eq "${person.userName}"`)}`);
    if (found) {
      this.ids.set(person.key, found.id);
      return this.update(person);
    }
    const { body } = this.require(await this.send('POST', '/Users', this.resource(person)), 201);
    this.ids.set(person.key, body.id);
  }

  protected abstract resource(person: Person): object;

  async update(person: Person) {
    this.require(await this.send('PUT', `/Users/${this.idOf(person)}${this.tail}`, this.resource(person)), 200);
  }

  suspend(person: Person) {
    return this.update({ ...person, isActive: false });
  }

  resume(person: Person) {
    return this.update({ ...person, isActive: true });
  }

  unassign(person: Person) {
    return this.deletes ? this.remove(`/Users/${this.idOf(person)}`, person.key) : this.suspend(person);
  }

  async push(team: Team) {
    const found = await this.first(`/Groups${this.query(`displayName eq "${team.name}"`)}`);
    const id = found?.id ?? (await this.create(team));
    this.ids.set(team.key, id);
    await this.join(team, [...team.members]);
  }

  private async create({ name }: Team): Promise<string> {
    const group = { schemas: [urn.group], displayName: name, members: [] };
    return this.require(await this.send('POST', '/Groups', group), 201).body.id;
  }

  async rename(team: Team) {
    await this.patch(team, { op: 'replace', path: 'displayName', value: team.name });
  }

  /** One request for each person, all at once. */
  async join(team: Team, people: Person[]) {
    await this.each(people, (person) =>
      this.patch(team, { op: 'add', path: 'members', value: [{ value: this.idOf(person) }] }),
    );
  }

  async leave(team: Team, people: Person[]) {
    await this.each(people, (person) =>
      this.patch(team, { op: 'remove', path: `members[value eq "${this.idOf(person)}"]` }),
    );
  }

  private async each(people: Person[], work: (person: Person) => Promise<unknown>) {
    const done = await Promise.allSettled(people.map(work));
    for (const each of done) if (each.status === 'rejected') throw each.reason;
  }

  protected async patch(team: Team, ...Operations: object[]) {
    const path = `/Groups/${this.idOf(team)}${this.tail}`;
    this.require(await this.send('PATCH', path, { schemas: [urn.patch], Operations }), 200, 204);
  }

  drop(team: Team) {
    return this.remove(`/Groups/${this.idOf(team)}`, team.key);
  }

  override expected(person: Person): object {
    return { ...super.expected(person), active: person.isActive };
  }
}

/** OneLogin: an empty query after the path of each change, and an empty User-Agent. */
export class OneLogin extends Directory {
  readonly name = 'OneLogin';
  protected override readonly tail = '?';
  protected readonly headers = {
    'user-agent': '',
    accept: 'application/scim+json, application/json',
    'content-type': 'application/scim+json',
  };

  protected resource({ key, userName, email, givenName, familyName, title, department, isActive }: Person) {
    return {
      schemas: [urn.user, urn.enterprise],
      userName,
      name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
      emails: [{ value: email, type: 'work', primary: true }],
      title,
      externalId: key,
      active: isActive,
      [urn.enterprise]: { department },
    };
  }
}

/** JumpCloud: PUT for people, the RFC's form for members; people who are taken away are deactivated. */
export class JumpCloud extends Directory {
  readonly name = 'JumpCloud';
  override readonly deletes = false;
  protected readonly headers = {
    'user-agent': 'JumpCloud_SCIM/1.0',
    accept: 'application/scim+json',
    'content-type': 'application/scim+json',
  };

  protected resource({ key, userName, email, givenName, familyName, isActive }: Person) {
    return {
      schemas: [urn.user],
      userName,
      name: { familyName, givenName, middleName: '' },
      displayName: `${givenName} ${familyName}`,
      emails: [{ value: email, type: 'work', primary: true }],
      phoneNumbers: [],
      addresses: [],
      externalId: key,
      active: isActive,
    };
  }
}

/** Google Workspace: plain JSON, a URN of SCIM 1 beside those of SCIM 2, lists without a filter, no groups. */
export class Google extends Directory {
  readonly name = 'Google';
  override readonly hasGroups = false;
  protected readonly headers = {
    'user-agent': 'Google-Auto-Provisioning',
    accept: 'application/json',
    'content-type': 'application/json',
  };

  protected override query(filter: string) {
    return `${super.query(filter)}&startIndex=1`;
  }

  override async connect() {
    const { body } = this.require(await this.send('GET', '/Users'), 200);
    if (!Array.isArray(body.Resources)) throw new Error('Google cannot read the list.');
  }

  protected resource({ key, userName, email, givenName, familyName, title, isActive }: Person) {
    return {
      schemas: ['urn:scim:schemas:core:1.0', urn.user, urn.enterprise],
      externalId: key,
      userName,
      name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
      displayName: `${givenName} ${familyName}`,
      emails: [{ value: email, type: 'work', primary: true }],
      title,
      active: isActive,
    };
  }
}
