import type { GroupChange } from '../../capabilities/groups/service.ts';
import { isId } from '../../kernel/ids.ts';
import { type Filter, matches, nameOf } from './filter.ts';
import { GatheredMembers, MOST_MEMBERS, readMembers, readRemoved } from './members.ts';
import type { PatchOperation } from './patch.ts';
import { scimProblem } from './problem.ts';
import { readValue } from './resource.ts';

/** PATCH of a group (RFC 7644 section 3.5.2), without its list of members. */

/**
 * What the operations of `readPatch` come to: at most three changes, which do to any group what the operations do one
 * after the other. Takes time by what they name.
 *
 * Who is added must be there, also where a later operation removes them: the changes say so. To remove one who is no
 * member, or no id at all, changes nothing.
 *
 * @throws {Problem} `invalidFilter`: which members are meant cannot be said without reading them all
 * @throws {Problem} `mutability`: the name would be unassigned, or a member be changed in place
 * @throws {Problem} `invalidValue`: a value is of the wrong kind or too large, or there are too many
 */
export function compileGroupPatch(operations: readonly PatchOperation[]): GroupChange[] {
  const set: { displayName?: string; externalId?: string | null } = {};
  const members = new MemberChanges();
  const [list, ...others] = operations.filter(isAboutMembers);
  const long = list && others.length === 0 ? longChange(list) : undefined;
  for (const operation of operations) {
    const { op, path, value } = operation;
    const { name } = path.attribute;
    if (isAboutMembers(operation)) {
      if (!long) changeMembers(members, operation);
      continue;
    }
    const text = op === 'remove' ? undefined : readValue(path.attribute, value, name);
    if (name === 'externalId') set.externalId = typeof text === 'string' && text !== '' ? text : null;
    else set.displayName = nameFrom(text);
  }
  return [...(Object.keys(set).length > 0 ? [{ set }] : []), ...(long ? [long] : members.toChanges())];
}

const isAboutMembers = ({ path }: PatchOperation) => path.attribute.name === 'members';

/** What one long list of members comes to, as it is. */
function longChange({ op, path, value }: PatchOperation): GroupChange | undefined {
  if (!(value instanceof GatheredMembers) || path.sub || path.filter) return undefined;
  if (op === 'remove') return { remove: value.asRemoved() };
  const ids = value.asMembers();
  if (op === 'add') return { add: ids };
  return ids.length > 0 ? { replaceWith: ids } : { removeAll: true };
}

function nameFrom(text: unknown): string {
  // RFC 7644 section 3.5.2.2.
  if (typeof text !== 'string')
    throw scimProblem(400, 'mutability', 'displayName is required. Send another value for it.');
  if (text.trim() === '') throw scimProblem(400, 'invalidValue', 'displayName must not be empty.');
  return text;
}

function changeMembers(members: MemberChanges, { op, path, value }: PatchOperation): void {
  if (path.sub || (path.filter && op !== 'remove')) {
    // RFC 7643 section 8.7.1: what a member consists of is immutable.
    throw scimProblem(400, 'mutability', 'A member cannot be changed. Remove it from members, and add another one.');
  }
  if (path.filter) {
    const { ids, isRest } = chosenBy(path.filter);
    if (!isRest) members.remove(ids);
    else if (ids.size === 0) members.replaceWith([]);
    else throw undecided('It chooses all members but some');
  } else if (op === 'add') members.add(readMembers(value));
  else if (op === 'replace') members.replaceWith(readMembers(value));
  // Entra ID names in a value who is to go, and by the letter of RFC 7644 section 3.5.2.2 everybody would. An empty list
  // names nobody: of the two readings the one that takes nothing away.
  else if (value === undefined || value === null) members.replaceWith([]);
  else members.remove(readRemoved(value));
}

type Ids = Iterable<string> & ({ readonly length: number } | { readonly size: number });

/** The outcome for each id that was named, and whether the others stay. */
class MemberChanges {
  readonly #isMember = new Map<string, boolean>();
  /** Named as members at any time. */
  readonly #added = new Set<string>();
  #othersStay = true;
  #named = 0;

  add(ids: Ids): void {
    this.#count(ids);
    for (const id of ids) {
      this.#isMember.set(id, true);
      this.#added.add(id);
    }
  }

  remove(ids: Ids): void {
    this.#count(ids);
    for (const id of ids) this.#isMember.set(id, false);
  }

  replaceWith(ids: Ids): void {
    this.#isMember.clear();
    this.#othersStay = false;
    this.add(ids);
  }

  toChanges(): GroupChange[] {
    const ids = [...this.#isMember];
    const members = ids.flatMap(([id, isMember]) => (isMember ? [id] : []));
    if (this.#othersStay) {
      const removed = ids.flatMap(([id, isMember]) => (isMember ? [] : [id]));
      return [
        ...(this.#added.size > 0 ? [{ add: [...this.#added] }] : []),
        ...(removed.length > 0 ? [{ remove: removed }] : []),
      ];
    }
    const passing = [...this.#added].filter((id) => !this.#isMember.get(id));
    return [
      ...(passing.length > 0 ? [{ add: passing }] : []),
      members.length > 0 ? { replaceWith: members } : { removeAll: true },
    ];
  }

  #count(ids: Ids): void {
    this.#named += 'size' in ids ? ids.size : ids.length;
    if (this.#named > MOST_MEMBERS)
      throw scimProblem(
        400,
        'invalidValue',
        `The operations name more than ${MOST_MEMBERS} members. Send them in several requests.`,
      );
  }
}

function addId(ids: Set<string>, text: string): void {
  // RFC 9562 section 4: read in any case.
  const id = text.toLowerCase();
  if (isId(id)) ids.add(id);
}

/** Some ids, or all ids but these (`isRest`). */
interface Chosen {
  readonly ids: ReadonlySet<string>;
  readonly isRest: boolean;
}

const nobody: Chosen = { ids: new Set(), isRest: false };
const everybody: Chosen = { ids: new Set(), isRest: true };

/** Whom a filter in the brackets of `members` chooses, by what it says of ids; each is a user. */
function chosenBy(filter: Filter): Chosen {
  switch (filter.kind) {
    case 'and':
      return filter.operands.map(chosenBy).reduce(both);
    case 'or':
      return others(filter.operands.map((each) => others(chosenBy(each))).reduce(both));
    case 'not':
      return others(chosenBy(filter.operand));
    case 'present':
      return everybody;
    case 'compare': {
      const { path, operator, value } = filter;
      const isAboutId = path.sub?.name === 'value';
      if (value === null) return operator === 'eq' ? nobody : everybody;
      if (path.sub?.name === 'type') return matches(filter, { type: 'User' }) ? everybody : nobody;
      if (!isAboutId || (operator !== 'eq' && operator !== 'ne'))
        throw undecided(`It compares ${nameOf(path)} by ${operator}`);
      const ids = new Set<string>();
      addId(ids, String(value));
      return { ids, isRest: operator === 'ne' };
    }
    case 'some':
      throw undecided('It has brackets inside brackets');
  }
}

const others = ({ ids, isRest }: Chosen): Chosen => ({ ids, isRest: !isRest });

function both(one: Chosen, other: Chosen): Chosen {
  if (one.isRest && other.isRest) return { ids: new Set([...one.ids, ...other.ids]), isRest: true };
  const [some, rest] = one.isRest ? [other, one] : [one, other];
  return { ids: new Set([...some.ids].filter((id) => rest.ids.has(id) !== rest.isRest)), isRest: false };
}

const undecided = (why: string) =>
  scimProblem(400, 'invalidFilter', `${why}, and members are removed by id only. Write members[value eq "..."].`);
