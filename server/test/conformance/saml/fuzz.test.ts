import { DOMParser } from '@xmldom/xmldom';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExclusiveCanonicalization } from 'xml-crypto';
import type { Provider } from '../../../src/capabilities/identity-providers/service.ts';
import { Problem } from '../../../src/kernel/problem.ts';
import { canonical } from '../../../src/protocols/saml/canonical.ts';
import { settled } from '../../../src/protocols/saml/exchange.ts';
import type { Finding } from '../../../src/protocols/saml/finding.ts';
import { examineLogoutForm } from '../../../src/protocols/saml/logout.ts';
import { readMetadata } from '../../../src/protocols/saml/metadata.ts';
import { descendants, type Element, messageLimits, readXml } from '../../../src/protocols/saml/xml.ts';
import { one } from './certificates.ts';
import { examined, expectedOf, ours } from './examining.ts';
import { answer, encoded, encryptedFor, encryptedWithin, partsOf, signed } from './provider.ts';

/** Documents that a grammar makes, and right ones that are broken anywhere. */

const scale = process.env.FULL ? 20 : 1;

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
    { numRuns: 2_000 * scale },
  );
});

test('what is canonical stays what it is', () => {
  fc.assert(
    fc.property(tree, (made) => {
      const once = canonical(read(written(made, new Map())));
      expect(canonical(read(once))).toBe(once);
    }),
    { numRuns: 1_000 * scale },
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
    { numRuns: 3_000 * scale },
  );
  expect(refused).toBeGreaterThan(2_000 * scale);
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
    { numRuns: 300 * scale },
  );
});

test('so does one whose name and attributes are encrypted within what is signed', async () => {
  const named = await encryptedWithin(one.certificate, answer(partsOf({ ...ours, now })), 'NameID');
  const document = signed(await encryptedWithin(one.certificate, named, 'Attribute'), 'Assertion');
  const { said, findings } = examined(encoded(document), expected);
  expect(findings).toEqual([]);
  fc.assert(
    fc.property(fc.nat(document.length - 1), fc.nat(20), fc.string({ maxLength: 4 }), (at, cut, put) => {
      const outcome = examined(encoded(document.slice(0, at) + put + document.slice(at + cut)), expected);
      if (outcome.findings.length === 0) expect(outcome.said).toEqual(said);
    }),
    { numRuns: 300 * scale },
  );
});

test('a request to sign out that is broken anywhere names the same person or is refused', () => {
  const logoutUrl = 'https://au.bailiwick.example/logout';
  const xml = signed(
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_out" Version="2.0" IssueInstant="${now.toISOString()}" Destination="${logoutUrl}"><saml:Issuer>${expected.entityId}</saml:Issuer><saml:NameID>ann</saml:NameID><samlp:SessionIndex>_index</samlp:SessionIndex></samlp:LogoutRequest>`,
    'LogoutRequest',
  );
  const provider = {
    saml: { entityId: expected.entityId, certificates: expected.certificates },
    keys: [],
  } as unknown as Provider;
  const outcomeOf = (document: string) => settled(examineLogoutForm(encoded(document), { provider, logoutUrl, now }));
  const right = outcomeOf(xml);
  expect(right).toEqual({ value: { id: '_out', nameId: 'ann', sessionIndexes: ['_index'] } });
  fc.assert(
    fc.property(fc.nat(xml.length - 1), fc.nat(40), fc.string({ maxLength: 6 }), (at, cut, put) => {
      const outcome = outcomeOf(xml.slice(0, at) + put + xml.slice(at + cut));
      if ('value' in outcome && outcome.value) expect(outcome).toEqual(right);
    }),
    { numRuns: 1_000 * scale },
  );
});

test('metadata that is broken anywhere is read or refused in words', () => {
  const certificate = one.certificate.replace(/-----.*?-----|\n/g, '');
  const service = (name: string) =>
    `<${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/${name}"/>`;
  const xml = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x" validUntil="2030-01-01T00:00:00Z"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>${service('SingleLogoutService')}${service('SingleSignOnService')}</IDPSSODescriptor></EntityDescriptor>`;
  expect(readMetadata(xml, undefined, now, 'metadata').certificates).toEqual([one.certificate]);
  fc.assert(
    fc.property(fc.nat(xml.length - 1), fc.nat(60), fc.string({ maxLength: 6 }), (at, cut, put) => {
      try {
        readMetadata(xml.slice(0, at) + put + xml.slice(at + cut), undefined, now, 'metadata');
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
      }
    }),
    { numRuns: 2_000 * scale },
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
    { numRuns: 2_000 * scale },
  );
});

test('the first finding of a hostile document is found before the rest is read', () => {
  const bomb = `<!DOCTYPE x [${'<!ENTITY a "b">'.repeat(10_000)}]>${right}`;
  const reading = readXml(bomb, messageLimits);
  expect((reading.next().value as Finding).rule).toBe('document-type');
});
