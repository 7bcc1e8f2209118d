import { expect } from 'vitest';
import { aWord, type Scim } from '../scim.ts';
import type { Person, Team, Twin } from './twin.ts';
import type { Wire } from './wire.ts';

/**
 * A year of an organisation in a few seconds: everybody and every group is pushed, people change, leave and return,
 * groups gain and lose members, names change, some go for good. At each kind of step one reply is lost after the server
 * committed. In the end the server has what the directory has, by the admin API and by SCIM.
 */
export async function liveThrough(twin: Twin, wire: Wire, scim: Scim): Promise<void> {
  const directory = aDirectory(scim.tenant.name);
  const { people, teams } = directory;
  const settled = () => expectSame(twin, directory, scim);
  /** The twin's job, with a reply lost on its way. */
  const losing = async (method: string, path: RegExp, work: () => Promise<void>) => {
    wire.loseReply(method, path);
    await twin.job(work);
    expect(wire.isLosing, `${twin.name}: no ${method} ${path}`).toBe(false);
  };
  const change = directory.change.bind(directory);

  await twin.connect();

  wire.loseReply('POST', /^\/Users/);
  await inLanes(twin.lanes, people, (person) => twin.job(() => twin.assign(person)));
  expect(wire.isLosing).toBe(false);
  if (twin.hasGroups)
    for (const [at, team] of teams.entries()) {
      if (at === 0) await losing('POST', /^\/Groups/, () => twin.push(team));
      else await twin.job(() => twin.push(team));
    }
  await settled();

  const [ada, bob, cleo, dan, eve, fay, gus, ...rest] = people as [
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
  const [engineering, sales, interns] = teams as [Team, Team, Team];

  change(ada, { familyName: 'O’Neill-Müller', title: 'Chief "Engineer"', department: 'R&D' });
  await losing(twin.updatesBy, /^\/Users\//, () => twin.update(ada));
  change(bob, { userName: `renamed-${bob.userName}`, email: `renamed-${bob.email}` });
  await twin.job(() => twin.update(bob));
  change(cleo, { isActive: false });
  await losing(twin.switchesBy, /^\/Users\//, () => twin.suspend(cleo));
  change(dan, { isActive: false });
  await twin.job(() => twin.suspend(dan));
  change(dan, { isActive: true });
  await losing(twin.switchesBy, /^\/Users\//, () => twin.resume(dan));
  await settled();

  if (twin.hasGroups) {
    const newcomers = [eve, fay, gus, ...rest].filter((person) => !sales.members.has(person));
    for (const person of newcomers) sales.members.add(person);
    await losing('PATCH', /^\/Groups\//, () => twin.join(sales, newcomers));
    const leavers = [ada, bob].filter((person) => engineering.members.delete(person));
    await losing('PATCH', /^\/Groups\//, () => twin.leave(engineering, leavers));
    interns.name = aWord('Trainees & co ');
    await losing(twin.renamesBy, /^\/Groups\//, () => twin.rename(interns));
    await settled();

    // Several of its workers at once, on one group.
    const crowd = people.filter((person) => !interns.members.has(person));
    for (const person of crowd) interns.members.add(person);
    await inLanes(crowd.length, crowd, (person) => twin.job(() => twin.join(interns, [person])));
    await settled();
  }

  // An administrator pauses it in the middle of a cycle: the rest is told to come again, and does.
  const work = people.map((person) => () => {
    change(person, { familyName: `${person.familyName} II` });
    return twin.job(() => twin.update(person));
  });
  if (twin.hasGroups) {
    sales.members.delete(gus);
    work.push(() => twin.job(() => twin.leave(sales, [gus])));
  }
  const left = work.splice(4);
  for (const each of work) await each();
  const unpaused = wire.sent.length;
  await pause(scim, true);
  for (const each of left) await expect(each()).rejects.toThrow(`${twin.name} stops at 503`);
  expect(wire.sent.splice(unpaused).filter(({ status }) => status !== 503)).toEqual([]);
  await pause(scim, false);
  for (const each of left) await each();
  await settled();

  await losing(twin.deletes ? 'DELETE' : twin.switchesBy, /^\/Users\//, () => twin.unassign(eve));
  directory.take(eve, twin.deletes);
  await twin.job(() => twin.unassign(fay));
  directory.take(fay, twin.deletes);
  if (twin.hasGroups) {
    await losing('DELETE', /^\/Groups\//, () => twin.drop(engineering));
    directory.teams.splice(directory.teams.indexOf(engineering), 1);
  }
  await settled();

  // One who comes back under the same name.
  directory.give(eve);
  await twin.job(() => twin.assign(eve));
  await settled();
}

async function pause({ tenant }: Scim, paused: boolean): Promise<void> {
  expect((await tenant.client.patch('/provisioning', { paused }, '*')).status).toBe(200);
}

type Directory = ReturnType<typeof aDirectory>;

function aDirectory(domain: string) {
  const people = ['Ada', 'Bob', 'Cleo', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal', 'Ida', 'Jon', 'Kim', 'Leo'].map(
    (givenName, at): Person => {
      const address = `${aWord(givenName.toLowerCase())}@${domain}.example`;
      return {
        key: crypto.randomUUID(),
        userName: address,
        email: address,
        givenName,
        familyName: `Family ${at}`,
        title: 'Engineer',
        department: 'Works',
        isActive: true,
      };
    },
  );
  const team = (name: string, members: Person[]): Team => ({
    key: crypto.randomUUID(),
    name: aWord(`${name} `),
    members: new Set(members),
  });
  const teams = [team('Engineering', people), team('Sales', people.slice(0, 3)), team('Interns', [])];
  return {
    people,
    teams,
    change: (person: Person, changes: Partial<Person>) => Object.assign(person, changes),
    /** @param forGood else deactivated, and still in all groups */
    take(person: Person, forGood: boolean) {
      person.isActive = false;
      if (!forGood) return;
      people.splice(people.indexOf(person), 1);
      for (const { members } of teams) members.delete(person);
    },
    give(person: Person) {
      person.isActive = true;
      if (!people.includes(person)) people.push(person);
    },
  };
}

/** So many at once, each lane taking the next when it is done. */
async function inLanes<T>(lanes: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function expectSame(twin: Twin, { people, teams }: Directory, scim: Scim): Promise<void> {
  const { client } = scim.tenant;
  const sorted = (texts: unknown[]) => texts.map(String).sort();

  const accounts = (await client.get('/accounts?source=scim&limit=200')).body.items;
  const states = (each: { username: string; email: string; status: string }) =>
    `${each.username} ${each.email} ${each.status}`;
  expect(sorted(accounts.map(states))).toEqual(
    sorted(people.map(({ userName, email, isActive }) => `${userName} ${email} ${isActive ? 'enabled' : 'disabled'}`)),
  );

  const users = (await scim.get('/Users?count=200')).body;
  expect(users.totalResults).toBe(people.length);
  for (const person of people) {
    const user = users.Resources.find(({ id }: { id: string }) => id === twin.idOf(person));
    expect(user, person.userName).toMatchObject(twin.expected(person));
    if (twin.hasGroups) {
      const groups = teams.filter(({ members }) => members.has(person)).map(({ name }) => name);
      expect(sorted((user.groups ?? []).map(({ display }: { display: string }) => display))).toEqual(sorted(groups));
    }
  }
  if (!twin.hasGroups) return;

  const groups = (await scim.get('/Groups?count=200')).body.Resources;
  const names = (group: { displayName: string; members?: { value: string }[] }) =>
    `${group.displayName}: ${sorted((group.members ?? []).map(({ value }) => value))}`;
  expect(sorted(groups.map(names))).toEqual(
    sorted(teams.map(({ name, members }) => `${name}: ${sorted([...members].map((each) => twin.idOf(each)))}`)),
  );
  const inConsole = (await client.get('/groups?source=scim&limit=200')).body.items;
  expect(
    sorted(inConsole.map((group: { name: string; memberCount: number }) => `${group.name}: ${group.memberCount}`)),
  ).toEqual(sorted(teams.map(({ name, members }) => `${name}: ${members.size}`)));
}
