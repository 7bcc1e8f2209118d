import type { GroupChange, Named } from '../../capabilities/groups/service.ts';
import { isId } from '../../kernel/ids.ts';
import { PackedIds } from '../../kernel/packed-ids.ts';
import { type Filter, matches, nameOf } from './filter.ts';
import { MOST_MEMBERS, readMembers, readRemoved } from './members.ts';
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
  const members: GroupChange[] = [];
  for (const operation of operations) {
    const { op, path, value } = operation;
    const { name } = path.attribute;
    if (name === 'members') {
      members.push(...changeOfMembers(operation));
      continue;
    }
    const text = op === 'remove' ? undefined : readValue(path.attribute, value, name);
    if (name === 'externalId') set.externalId = typeof text === 'string' && text !== '' ? text : null;
    else set.displayName = nameFrom(text);
  }
  const isNamed = Object.keys(set).length > 0;
  return [...(isNamed ? [{ set }] : []), ...(members.length > 1 ? inOne(members) : members)];
}

function nameFrom(text: unknown): string {
  // RFC 7644 section 3.5.2.2.
  if (typeof text !== 'string')
    throw scimProblem(400, 'mutability', 'displayName is required. Send another value for it.');
  if (text.trim() === '') throw scimProblem(400, 'invalidValue', 'displayName must not be empty.');
  return text;
}

/** What one operation does to members, on its own; nothing when it names nobody. */
function changeOfMembers({ op, path, value }: PatchOperation): GroupChange[] {
  if (path.sub || (path.filter && op !== 'remove')) {
    // RFC 7643 section 8.7.1: what a member consists of is immutable.
    throw scimProblem(400, 'mutability', 'A member cannot be changed. Remove it from members, and add another one.');
  }
  if (path.filter) {
    const { ids, isRest } = chosenBy(path.filter);
    if (!isRest) return removing([...ids]);
    if (ids.size === 0) return [{ removeAll: true }];
    throw undecided('It chooses all members but some');
  }
  // Entra ID names in a value who is to go, and by the letter of RFC 7644 section 3.5.2.2 everybody would. An empty list
  // names nobody: of the two readings the one that takes nothing away.
  if (op === 'remove')
    return value === undefined || value === null ? [{ removeAll: true }] : removing(readRemoved(value));
  const ids = readMembers(value);
  if (op === 'replace') return [ids.length > 0 ? { replaceWith: ids } : { removeAll: true }];
  return ids.length > 0 ? [{ add: ids }] : [];
}

const removing = (ids: Named): GroupChange[] => (ids.length > 0 ? [{ remove: ids }] : []);

/**
 * What several changes of members come to, each of which may be long: the outcome for each id that is named, and whether
 * the others stay.
 */
function inOne(changes: readonly GroupChange[]): GroupChange[] {
  const named = new PackedIds();
  const additions: { from: number; to: number }[] = [];
  let replacedFrom = -1;
  for (const change of changes) {
    const from = named.length;
    if ('removeAll' in change || 'replaceWith' in change) replacedFrom = from;
    for (const id of idsIn(change)) named.add(id);
    if (named.length > MOST_MEMBERS)
      throw invalidValue(`The operations name more than ${MOST_MEMBERS} members. Send them in several requests.`);
    if (!('remove' in change)) additions.push({ from, to: named.length });
  }

  const isAdded = new Uint8Array(named.length);
  for (const { from, to } of additions) isAdded.fill(1, from, to);
  // Kept at the place where an id is named first.
  const firsts = named.firstPlaces();
  const isMember = new Uint8Array(named.length);
  const wasAdded = new Uint8Array(named.length);
  for (const [place, first] of firsts.entries()) {
    isMember[first] = place >= replacedFrom ? (isAdded[place] as number) : 0;
    if (isAdded[place]) wasAdded[first] = 1;
  }
  const chosen = (isChosen: (first: number) => unknown): Named => {
    const ids = new PackedIds();
    for (const [place, first] of firsts.entries()) if (place === first && isChosen(place)) ids.add(named.at(place));
    return ids.length > MOST_AS_TEXTS ? ids : [...ids];
  };
  const adding = (ids: Named): GroupChange[] => (ids.length > 0 ? [{ add: ids }] : []);
  if (replacedFrom < 0) return [...adding(chosen((at) => wasAdded[at])), ...removing(chosen((at) => !isMember[at]))];
  const members = chosen((at) => isMember[at]);
  const passing = chosen((at) => wasAdded[at] && !isMember[at]);
  return [...adding(passing), members.length > 0 ? { replaceWith: members } : { removeAll: true }];
}

const idsIn = (change: GroupChange): Named =>
  'add' in change ? change.add : 'remove' in change ? change.remove : 'replaceWith' in change ? change.replaceWith : [];

/** More ids are kept in 16 bytes each. */
const MOST_AS_TEXTS = 5000;

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

const invalidValue = (detail: string) => scimProblem(400, 'invalidValue', detail);
const undecided = (why: string) =>
  scimProblem(400, 'invalidFilter', `${why}, and members are removed by id only. Write members[value eq "..."].`);
