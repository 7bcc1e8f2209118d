/** How replies are printed. */

export type Format = 'json' | 'table';

type Row = Record<string, unknown>;

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

const credential = /bwk_(sa|pt|sk|ak|op)_[0-9A-Za-z]+(_[0-9A-Za-z]+)?/g;

/** Secrets are shown by the reply that makes them and by no other. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(credential, 'bwk_$1_...');
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRow(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutSecrets(each)]));
}

/** Names of the fields that hold a credential: `ownerKey`, `owner.key`. */
export function secretFields(value: unknown, above = ''): string[] {
  if (typeof value === 'string') return value.search(credential) >= 0 ? [above] : [];
  if (!isRow(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => secretFields(each, above ? `${above}.${name}` : name));
}

export function printed(value: unknown, format: Format): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.endsWith('\n') ? value : `${value}\n`;
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  if (isRow(value) && Array.isArray(value.items)) return listed(value.items, value);
  return isRow(value) ? lines(value) : `${JSON.stringify(value)}\n`;
}

/** A list: one line an item, of an object in it its name. The rest is left to `--output json` and to reading the one. */
function listed(items: unknown[], { total, totalIsAtLeast, nextCursor }: Row): string {
  const rows = items.filter(isRow).map(byNames);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => isPlain(row[name]))))].filter(
    (name) => name !== 'version' && rows.some((row) => cell(row[name]) !== ''),
  );
  const heads = columns.map((name) => name.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase());
  const table = [heads, ...rows.map((row) => columns.map((name) => cell(row[name])))];
  const widths = columns.map((_, at) => Math.max(...table.map((line) => (line[at] as string).length)));
  const text = rows.length
    ? table
        .map((line) =>
          line
            .map((each, at) => each.padEnd(widths[at] as number))
            .join('  ')
            .trimEnd(),
        )
        .join('\n')
    : 'Nothing.';
  const more = nextCursor ? `\n${rows.length} of ${totalIsAtLeast ? 'at least ' : ''}${total}; all of them: --all` : '';
  return `${text}${more}\n`;
}

const byNames = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      isRow(value) && isPlain(value.name) ? value.name : isParts(name, value) ? namesIn(value) : value,
    ]),
  );

/** What an item consists of, as the paths of somebody's access: objects that are nothing by themselves. */
const isParts = (name: string, value: unknown): value is Row[] =>
  name !== 'actions' && Array.isArray(value) && value.every((each) => isRow(each) && each.id === undefined);

const namesIn = (parts: Row[]): string =>
  [...new Set(parts.flatMap((part) => Object.values(part).flatMap((each) => (isRow(each) ? (each.name ?? []) : []))))]
    .map(cell)
    .join(', ');

const isPlain = (value: unknown) => typeof value !== 'object' || value === null;

/** Without line ends, and nothing that a terminal would obey. */
export const onOneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, (each) => (each === '\n' ? ' ' : '\ufffd'));

const cell = (value: unknown): string =>
  value === null || value === undefined ? '' : onOneLine(typeof value === 'string' ? value : JSON.stringify(value));

/** An object: one line a field, those of objects inside it by their whole name. */
function lines(object: Row): string {
  const fields = flat(object, '');
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd())
    .join('\n')
    .concat('\n');
}

/** An object of a list: what is told by its name alone stands without it, of objects in it their names or what is in them. */
const inOne = (row: Row): string =>
  Object.entries(row)
    .map(([name, value]): [string, string, boolean] => [name, told(value), typeof value === 'string'])
    .filter(([name, text]) => text !== '' && name !== 'actions')
    .map(([name, text, isBare]) => (isBare ? text : `${name}: ${text}`))
    .join('  ');

const told = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(told).join(', ');
  if (!isRow(value)) return cell(value);
  const [by] = [value.text, value.name].filter((each) => typeof each === 'string');
  return by === undefined ? inOne(value) : cell(by);
};

function flat(object: Row, above: string): [string, string][] {
  return Object.entries(object).flatMap(([name, value]): [string, string][] => {
    const whole = above ? `${above}.${name}` : name;
    if (isRow(value)) return flat(value, whole);
    if (Array.isArray(value) && value.every(isPlain)) return [[whole, value.map(cell).join(', ')]];
    if (Array.isArray(value) && value.every(isRow)) return value.map((row, at) => [at === 0 ? whole : '', inOne(row)]);
    return [[whole, cell(value)]];
  });
}
