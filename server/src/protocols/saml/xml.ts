import { type Checking, finding } from './finding.ts';

/**
 * A reader of the XML that SAML needs and of no more: elements, attributes, text and the five entities of XML 1.0 with
 * numbered characters. What is verified and what is read are the same tree, so that no two readers can differ about it.
 *
 * Declarations of types, other entities, instructions, comments and CDATA are findings. There is no recursion and no
 * expansion: the work is bounded by the length.
 */

export interface Attribute {
  prefix: string;
  name: string;
  namespace: string;
  value: string;
}

export interface Element {
  prefix: string;
  name: string;
  namespace: string;
  attributes: Attribute[];
  /** Declared here: prefix ('' for the default) to namespace. */
  declared: ReadonlyMap<string, string>;
  /** All that are in force here. */
  scope: ReadonlyMap<string, string>;
  children: (Element | string)[];
  parent: Element | undefined;
}

export interface Limits {
  /** In UTF-16 units, which are no more than bytes. */
  length: number;
  depth: number;
  elements: number;
  /** Of one element, declarations of namespaces among them. */
  attributes: number;
  allowsComments: boolean;
}

export const messageLimits: Limits = {
  length: 256 * 1024,
  depth: 32,
  elements: 5_000,
  attributes: 20,
  allowsComments: false,
};
/** Metadata is made by people too; nothing of it is signed. */
export const metadataLimits: Limits = {
  length: 1024 * 1024,
  depth: 32,
  elements: 20_000,
  attributes: 20,
  allowsComments: true,
};

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';

const nothing: ReadonlyMap<string, string> = new Map([['xml', XML]]);

const name = '[A-Za-z_][A-Za-z0-9_.-]{0,199}';
const tagStart = new RegExp(`<(?:(${name}):)?(${name})`, 'y');
const tagEnd = new RegExp(`</(?:(${name}):)?(${name})[ \\t\\n]*>`, 'y');
const attribute = new RegExp(`[ \\t\\n]+(?:(${name}):)?(${name})[ \\t\\n]*=[ \\t\\n]*("[^"<]*"|'[^'<]*')`, 'y');
const close = /[ \t\n]*(\/?)>/y;
const declaration = /<\?xml[ \t\n]+version=(?:"1\.0"|'1\.0')([^?]*)\?>/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 section 2.2 has none of them.
const notCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

const wrong = (rule: string, message: string) => finding('answer', rule, message);
const notXml = (why: string) => wrong('xml', `What came is not XML as it should be: ${why}.`);

/**
 * Reads a document, or an element in the scope of another.
 *
 * @returns its root; undefined, after a finding, when there is none
 */
export function* readXml(
  given: string,
  limits: Limits,
  outer: ReadonlyMap<string, string> = nothing,
): Checking<Element | undefined> {
  if (given.length > limits.length)
    yield wrong('size', `What came is larger than ${limits.length / 1024} KiB, which is more than is read.`);
  // XML 1.0 section 2.11.
  const text = given.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  if (notCharacters.test(text)) {
    yield notXml('it holds characters that XML does not have');
    return undefined;
  }
  let root: Element | undefined;
  let at: Element | undefined;
  let depth = 0;
  let elements = 0;
  let position = 0;

  declaration.lastIndex = 0;
  const declared = declaration.exec(text);
  if (declared) {
    position = declaration.lastIndex;
    const encoding = /encoding=["']([^"']*)["']/.exec(declared[1] ?? '')?.[1];
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
      yield wrong('encoding', 'What came says that it is not UTF-8.');
  }

  while (position < text.length) {
    if (text[position] !== '<') {
      const next = text.indexOf('<', position);
      const end = next === -1 ? text.length : next;
      const raw = text.slice(position, end);
      position = end;
      if (at) at.children.push(raw.includes('&') ? yield* decoded(raw) : raw);
      else if (raw.trim() !== '') {
        yield notXml('there is text outside of the root element');
        return undefined;
      }
      continue;
    }
    if (text.startsWith('<!--', position)) {
      if (!limits.allowsComments)
        yield wrong(
          'comment',
          'What came holds a comment, which could cut a value in two. Have the provider send none.',
        );
      position = after(text, '-->', position + 4);
      continue;
    }
    if (text.startsWith('<![CDATA[', position)) {
      yield wrong('cdata', 'What came holds a CDATA section, which is not accepted.');
      const end = after(text, ']]>', position);
      at?.children.push(text.slice(position + 9, end - 3));
      position = end;
      continue;
    }
    if (text.startsWith('<?', position)) {
      yield wrong('instruction', 'What came holds a processing instruction, which is not accepted.');
      position = after(text, '?>', position);
      continue;
    }
    if (text.startsWith('<!', position)) {
      yield wrong('document-type', 'What came declares a document type, which is not accepted.');
      const subset = text.slice(position, after(text, '>', position)).includes('[');
      position = subset ? after(text, '>', after(text, ']', position)) : after(text, '>', position);
      continue;
    }
    if (text.startsWith('</', position)) {
      tagEnd.lastIndex = position;
      const [, prefix = '', local] = tagEnd.exec(text) ?? [];
      if (!at || local !== at.name || prefix !== at.prefix) {
        yield notXml('an element does not end as it began');
        return undefined;
      }
      position = tagEnd.lastIndex;
      at = at.parent;
      depth--;
      continue;
    }

    tagStart.lastIndex = position;
    const [, prefix = '', local] = tagStart.exec(text) ?? [];
    if (local === undefined || (!at && root)) {
      yield notXml(local === undefined ? 'something in it is no element' : 'there is more than one root element');
      return undefined;
    }
    position = tagStart.lastIndex;
    if (++elements > limits.elements) {
      yield wrong('elements', `What came has more than ${limits.elements} elements, which is more than is read.`);
      return undefined;
    }
    if (++depth === limits.depth + 1)
      yield wrong('depth', `What came is nested deeper than ${limits.depth} elements, which is more than is read.`);
    const found: Omit<Attribute, 'namespace'>[] = [];
    const own = new Map<string, string>();
    for (;;) {
      attribute.lastIndex = position;
      const match = attribute.exec(text);
      if (!match) break;
      position = attribute.lastIndex;
      if (found.length + own.size === limits.attributes) {
        yield wrong('attributes', `What came has an element with more than ${limits.attributes} attributes.`);
        return undefined;
      }
      const [, of = '', called = '', quoted = ''] = match;
      // XML 1.0 section 3.3.3: white space as it is written is a space; numbered, it is itself.
      const written = quoted.slice(1, -1).replace(/[\t\n]/g, ' ');
      const value = written.includes('&') ? yield* decoded(written) : written;
      if (of === 'xmlns' || (of === '' && called === 'xmlns')) {
        const declares = of === '' ? '' : called;
        const isReserved = declares === 'xml' || declares === 'xmlns' || value === XML || value === XMLNS;
        if (isReserved || own.has(declares) || (declares !== '' && value === '')) {
          yield notXml('a namespace is declared in a way that is not allowed');
          return undefined;
        }
        own.set(declares, value);
      } else found.push({ prefix: of, name: called, value });
    }
    close.lastIndex = position;
    const end = close.exec(text);
    if (!end) {
      yield notXml('a tag does not end');
      return undefined;
    }
    position = close.lastIndex;
    const outside: ReadonlyMap<string, string> = at?.scope ?? outer;
    const scope: ReadonlyMap<string, string> = own.size > 0 ? new Map([...outside, ...own]) : outside;
    if (scope.size > 2 * limits.attributes) {
      yield wrong('attributes', 'What came declares more namespaces than are read.');
      return undefined;
    }
    const attributes = found.map((each) => ({
      ...each,
      namespace: each.prefix === '' ? '' : (scope.get(each.prefix) ?? ''),
    }));
    const isBound = (used: string) => used === '' || scope.has(used);
    if (!isBound(prefix) || !found.every((each) => isBound(each.prefix))) {
      yield notXml('a prefix has no namespace');
      return undefined;
    }
    if (new Set(attributes.map(({ namespace, name: of }) => `${namespace} ${of}`)).size < attributes.length) {
      yield notXml('an attribute stands twice in one element');
      return undefined;
    }
    const element: Element = {
      prefix,
      name: local,
      namespace: scope.get(prefix) ?? '',
      attributes,
      declared: own,
      scope,
      children: [],
      parent: at,
    };
    if (at) at.children.push(element);
    else root = element;
    if (end[1] === '/') depth--;
    else at = element;
  }
  if (!root || at) {
    yield notXml(root ? 'it ends before its root element does' : 'there is no element');
    return undefined;
  }
  return root;
}

const after = (text: string, mark: string, from: number): number => {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at + mark.length;
};

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function* decoded(raw: string): Checking<string> {
  const parts = raw.split('&');
  let text = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    const end = part.indexOf(';');
    const called = end > 0 && end <= 10 ? part.slice(0, end) : '';
    const code = /^#x[0-9A-Fa-f]{1,6}$/.test(called)
      ? Number.parseInt(called.slice(2), 16)
      : /^#[0-9]{1,7}$/.test(called)
        ? Number(called.slice(1))
        : undefined;
    const named = Object.hasOwn(entities, called) ? entities[called] : undefined;
    const value =
      code === undefined
        ? named
        : code > 0 && code <= 0x10ffff && !isNot(code)
          ? String.fromCodePoint(code)
          : undefined;
    if (value === undefined) yield wrong('entity', 'What came names an entity or a character that XML does not have.');
    text += (value ?? '') + part.slice(end + 1);
  }
  return text;
}

const isNot = (code: number) => (code >= 0xd800 && code <= 0xdfff) || notCharacters.test(String.fromCodePoint(code));

/** The elements right below. */
export const elementsOf = ({ children }: Element): Element[] => children.filter((each) => typeof each !== 'string');

/** Those of a name right below. */
export const childrenOf = (parent: Element, namespace: string, local: string): Element[] =>
  elementsOf(parent).filter((each) => each.namespace === namespace && each.name === local);

export const is = (element: Element, namespace: string, local: string): boolean =>
  element.namespace === namespace && element.name === local;

/** An attribute without a prefix. */
export const attributeOf = ({ attributes }: Element, local: string): string | null =>
  attributes.find((each) => each.namespace === '' && each.name === local)?.value ?? null;

/** All of an element's text, whole; null when there are elements in it. */
export const textOf = ({ children }: Element): string | null =>
  children.every((each) => typeof each === 'string') ? children.join('').trim() : null;

/** The element and all below it, in the order of the document. */
export function descendants(root: Element): Element[] {
  const all: Element[] = [];
  const waiting = [root];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    all.push(next);
    waiting.push(...elementsOf(next).reverse());
  }
  return all;
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/** For text and attributes of what we write. */
export const escaped = (text: string): string => text.replace(/[&<>"\t\n\r]/g, (each) => escapes[each] ?? each);
