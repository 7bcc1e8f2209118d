import { DOMParser } from '@xmldom/xmldom';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { canonical } from '../../../src/protocols/saml/canonical.ts';
import type { Finding } from '../../../src/protocols/saml/finding.ts';
import { readMetadata } from '../../../src/protocols/saml/metadata.ts';
import { descendants, type Element, messageLimits, readXml } from '../../../src/protocols/saml/xml.ts';
import { one } from './certificates.ts';
import { examined, expectedOf, ours } from './examining.ts';
import { answer, encoded, encryptedFor, partsOf, signed } from './provider.ts';

/** Documents that a grammar makes, and right ones that are broken anywhere. */

const read = (xml: string): Element => {
  const step = readXml(xml, messageLimits).next();
  if (!step.done || !step.value) throw new Error(`Not read: ${xml}`);
  return step.value;
};

const prefix = fc.constantFrom('', 'a', 'b', 'c');
// The other library does not escape what stands in names of namespaces.
const uri = fc.constantFrom('urn:x', 'urn:y', 'urn:z');
const text = fc.string({
  unit: fc.constantFrom('a', ' ', '\n', '\t', 'ü', '😀', '&amp;', '&lt;', '&gt;', '&#xD;', '&#9;', "'", '&quot;'),
});

interface Tree {
  prefix: string;
  declares: [string, string][];
  attributes: [string, string][];
  children: (Tree | string)[];
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    prefix,
    declares: fc.uniqueArray(fc.tuple(prefix, uri), { selector: ([of]) => of, maxLength: 3 }),
    attributes: fc.uniqueArray(fc.tuple(prefix, text), { selector: ([of]) => of, maxLength: 3 }),
    children: fc.array(fc.oneof({ depthSize: 'small' }, text, tie('tree')), { maxLength: 3 }),
  }),
}));

/** Written so that every prefix has a namespace, and no attribute stands twice by two prefixes. */
function written({ prefix: of, declares, attributes, children }: Tree, scope: ReadonlyMap<string, string>): string {
  const own = new Map(declares);
  const needed = [of, ...attributes.map(([each]) => each)].filter((each) => each !== '');
  for (const each of needed) if (!scope.has(each) && !own.has(each)) own.set(each, 'urn:x');
  const inner = new Map([...scope, ...own]);
  const seen = new Set<string>();
  const named = attributes.filter(([each]) => {
    const namespace = each === '' ? '' : (inner.get(each) as string);
    return !seen.has(namespace) && seen.add(namespace);
  });
  const tag = (each: string, name: string) => (each === '' ? name : `${each}:${name}`);
  return [
    `<${tag(of, 'e')}`,
    ...[...own].map(([each, value]) => ` ${each === '' ? 'xmlns' : `xmlns:${each}`}="${value}"`),
    ...named.map(([each, value]) => ` ${tag(each, 'at')}="${value}"`),
    '>',
    ...children.map((each) => (typeof each === 'string' ? each : written(each, inner))),
    `</${tag(of, 'e')}>`,
  ].join('');
}

test('the canonical form is that of another library, of the whole and of each part', () => {
  fc.assert(
    fc.property(tree, (made) => {
      const xml = written(made, new Map());
      const theirs = new DOMParser().parseFromString(xml, 'text/xml').getElementsByTagName('*');
      descendants(read(xml)).forEach((element, at) => {
        const other = new ExclusiveCanonicalization().process(theirs[at] as never, {});
        expect(canonical(element), xml).toBe(other);
      });
    }),
    { numRuns: 2_000 },
  );
});

test('what is canonical stays what it is', () => {
  fc.assert(
    fc.property(tree, (made) => {
      const once = canonical(read(written(made, new Map())));
      expect(canonical(read(once))).toBe(once);
    }),
    { numRuns: 1_000 },
  );
});

const now = new Date('2026-12-01T10:00:00Z');
const expected = expectedOf(now);
const right = signed(answer(partsOf({ ...ours, now })), 'Assertion');

const edits = fc.array(
  fc.record({
    at: fc.nat(right.length - 1),
    cut: fc.nat(40),
    put: fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        '<!--',
        '-->',
        '<![CDATA[',
        ']]>',
        '<?',
        '?>',
        '<!DOCTYPE x [',
        '</',
        '/>',
        'xmlns="urn:x"',
        'ID="x"',
        '&#0;',
        '\0',
        '\ud800',
      ),
      fc.tuple(fc.nat(right.length - 1), fc.nat(400)).map(([from, length]) => right.slice(from, from + length)),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

test('a right document that is broken anywhere says the same or is refused, and nothing throws', () => {
  const { said } = examined(encoded(right), expected);
  let refused = 0;
  fc.assert(
    fc.property(edits, (all) => {
      let xml = right;
      for (const { at, cut, put } of all) xml = xml.slice(0, at) + put + xml.slice(at + cut);
      const outcome = examined(encoded(xml), expected);
      if (outcome.findings.length === 0) expect(outcome.said, xml).toEqual(said);
      else refused++;
    }),
    { numRuns: 3_000 },
  );
  expect(refused).toBeGreaterThan(2_000);
});

test('so does an encrypted one', async () => {
  const document = await encryptedFor(one.certificate, right);
  const { said, findings } = examined(encoded(document), expected);
  expect(findings).toEqual([]);
  fc.assert(
    fc.property(fc.nat(document.length - 1), fc.nat(20), fc.string({ maxLength: 4 }), (at, cut, put) => {
      const outcome = examined(encoded(document.slice(0, at) + put + document.slice(at + cut)), expected);
      if (outcome.findings.length === 0) expect(outcome.said).toEqual(said);
    }),
    { numRuns: 300 },
  );
});

test('what is no document at all is refused, by readers of answers and of metadata', () => {
  const garbage = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom('<', '>', 'a', ':', '=', '"', ' ', '/', '!', '-', '[', ']', '?', '&', ';', '#'),
    }),
  );
  fc.assert(
    fc.property(garbage, (xml) => {
      expect(examined(encoded(xml), expected).findings.length).toBeGreaterThan(0);
      expect(examined(xml, expected).findings.length).toBeGreaterThan(0);
      expect(() => readMetadata(xml, undefined, now, 'metadata')).toThrow(/metadata/);
    }),
    { numRuns: 2_000 },
  );
});

test('the first finding of a hostile document is found before the rest is read', () => {
  const bomb = `<!DOCTYPE x [${'<!ENTITY a "b">'.repeat(10_000)}]>${right}`;
  const reading = readXml(bomb, messageLimits);
  expect((reading.next().value as Finding).rule).toBe('document-type');
});
