import { type Element, escaped } from './xml.ts';

/**
 * Exclusive XML Canonicalisation 1.0 without comments, of elements that `xml.ts` read: the bytes that a signature is
 * over. Comments, instructions and type declarations never get here.
 *
 * @param omitted a child that is left out: the signature that an element holds of itself
 * @param inclusive prefixes that are written wherever they are in force (section 2.1, PrefixList)
 */
export function canonical(root: Element, omitted?: Element, inclusive: readonly string[] = []): string {
  const parts: string[] = [];
  write(root, new Map(), { omitted, inclusive, parts });
  return parts.join('');
}

interface Writing {
  omitted: Element | undefined;
  inclusive: readonly string[];
  parts: string[];
}

const byCodeUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** @param written what is in force in the output: prefix to namespace */
function write(element: Element, written: ReadonlyMap<string, string>, writing: Writing): void {
  const { prefix, name, attributes, scope, children } = element;
  const { parts } = writing;
  const used = new Set([prefix, ...attributes.flatMap((each) => (each.prefix === '' ? [] : [each.prefix]))]);
  for (const each of writing.inclusive) if (scope.has(each)) used.add(each);
  used.delete('xml');
  const declarations = [...used]
    .map((each) => ({ prefix: each, namespace: scope.get(each) ?? '' }))
    // Section 3: an empty default namespace is written only where another one would be in force.
    .filter((each) => (written.get(each.prefix) ?? '') !== each.namespace)
    .sort((a, b) => byCodeUnits(a.prefix, b.prefix));
  const inForce =
    declarations.length > 0
      ? new Map([...written, ...declarations.map((each) => [each.prefix, each.namespace] as const)])
      : written;
  const tag = prefix === '' ? name : `${prefix}:${name}`;
  parts.push('<', tag);
  for (const each of declarations)
    parts.push(each.prefix === '' ? ' xmlns="' : ` xmlns:${each.prefix}="`, inAttribute(each.namespace), '"');
  // Canonical XML 1.0 section 2.2: by namespace, then by name; those without a namespace first.
  const ordered = [...attributes].sort((a, b) => byCodeUnits(a.namespace, b.namespace) || byCodeUnits(a.name, b.name));
  for (const each of ordered)
    parts.push(' ', each.prefix === '' ? each.name : `${each.prefix}:${each.name}`, '="', inAttribute(each.value), '"');
  parts.push('>');
  for (const child of children)
    if (typeof child === 'string') parts.push(inText(child));
    else if (child !== writing.omitted) write(child, inForce, writing);
  parts.push('</', tag, '>');
}

const inText = (text: string) => text.replace(/[&<>\r]/g, escaped);
const inAttribute = (text: string) => text.replace(/[&<"\t\n\r]/g, escaped);
