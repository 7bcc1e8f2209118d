import { isId } from '../../kernel/ids.ts';
import type { Gatherer, Gathering } from '../../kernel/json-stream.ts';
import { PackedIds } from '../../kernel/packed-ids.ts';
import { refuseBuiltIns } from './built-ins.ts';
import { scimProblem } from './problem.ts';

/** Members of a group as clients name them. */

/** Members that one request may name. */
export const MOST_MEMBERS = 100_000;

/**
 * Reads members to be: ids, alone or as `{ value }`, each once.
 *
 * @throws {Problem} `invalidValue`: a group among them, something that can be no id, or more than 100,000
 */
export function readMembers(value: unknown): string[] | PackedIds {
  if (value instanceof GatheredMembers) return value.asMembers();
  if (value === null || value === '') return [];
  const given = Array.isArray(value) ? value : [value];
  if (given.length > MOST_MEMBERS) throw tooMany();
  return [...new Set(given.map(readMember))];
}

function readMember(member: unknown): string {
  if (typeof member === 'string') return memberId(member);
  if (!isObject(member)) throw notMembers();
  let id: unknown;
  for (const [key, part] of Object.entries(member)) {
    const name = key.toLowerCase();
    if (name === 'value') id = part;
    if (name === 'type' && typeof part === 'string' && part.toLowerCase() === 'group')
      throw invalidValue('members has a group in it. Groups in groups are not supported: add the people themselves.');
  }
  return memberId(id);
}

function memberId(value: unknown): string {
  // RFC 9562 section 4: read in any case, written in lower case.
  const id = typeof value === 'string' ? value.toLowerCase() : '';
  if (!isId(id)) throw invalidValue('members.value must be the id of a user, as this server gave it.');
  return id;
}

/** The ids in a value of `remove`. What is no id of ours is nobody's. */
export function readRemoved(value: unknown): string[] | PackedIds {
  if (value instanceof GatheredMembers) return value.asRemoved();
  const given = Array.isArray(value) ? value : [value];
  if (given.length > MOST_MEMBERS) throw tooMany();
  return [...new Set(given.map(idIn).filter(isId))];
}

/** The id in one value of `remove`, in lower case. @throws {Problem} `invalidValue` */
function idIn(member: unknown): string {
  const id =
    typeof member === 'object' && member !== null
      ? Object.entries(member).find(([key]) => key.toLowerCase() === 'value')?.[1]
      : member;
  if (typeof id !== 'string') throw notMembers();
  return id.toLowerCase();
}

/** The members in a long body, which are never there as a whole: their ids, and what is wrong first by each reading. */
export class GatheredMembers implements Gatherer {
  readonly #ids = new PackedIds();
  #count = 0;
  readonly #faults: { builtIn?: unknown; member?: unknown; removed?: unknown } = {};

  add(member: unknown): void {
    if (++this.#count > MOST_MEMBERS) return;
    this.#try('builtIn', () => refuseBuiltIns(member));
    this.#try('member', () => readMember(member));
    this.#try('removed', () => {
      const id = idIn(member);
      if (isId(id)) this.#ids.add(id);
    });
  }

  refuseBuiltIns(): void {
    this.#throwFirst('builtIn');
  }

  asMembers(): PackedIds {
    if (this.#count > MOST_MEMBERS) throw tooMany();
    this.#throwFirst('member');
    return this.#ids;
  }

  asRemoved(): PackedIds {
    if (this.#count > MOST_MEMBERS) throw tooMany();
    this.#throwFirst('removed');
    return this.#ids;
  }

  #try(kind: 'builtIn' | 'member' | 'removed', read: () => unknown): void {
    if (this.#faults[kind]) return;
    try {
      read();
    } catch (error) {
      this.#faults[kind] = error;
    }
  }

  #throwFirst(kind: 'builtIn' | 'member' | 'removed'): void {
    if (this.#faults[kind]) throw this.#faults[kind];
  }
}

const isNamed = (key: string | undefined, name: string) => key?.toLowerCase() === name;

/** The members of a group that is sent whole. */
export const gatherMembers: Gathering = ([key, ...below]) =>
  isNamed(key, 'members') && below.length === 0 ? new GatheredMembers() : undefined;

/** Those in the operations of a PATCH: of a group no other values are lists. */
export const gatherMembersOfPatch: Gathering = ([operations, _place, value, members, ...below]) =>
  isNamed(operations, 'operations') &&
  isNamed(value, 'value') &&
  (members === undefined || isNamed(members, 'members')) &&
  below.length === 0
    ? new GatheredMembers()
    : undefined;

const notMembers = () => invalidValue('members must be objects with the id of a user as their value.');
const tooMany = () => invalidValue(`members has more than ${MOST_MEMBERS} values. Send them in several requests.`);
const invalidValue = (detail: string) => scimProblem(400, 'invalidValue', detail);
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
