import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';
import { describe, expect, test, vi } from 'vitest';
import { languages } from './languages.ts';

/**
 * What the server says to people is read from its sources: texts that read like a sentence, or like what is wrong with a
 * field. Each has a translation into each language, and no translation is of a text that the server does not have.
 */

const words = '../../../server/src/kernel/messages';
const sources = join(import.meta.dirname, '../../../server/src');
/** What starts the process, what only databases are told, and what SCIM clients read of schemas. */
const unheard =
  /^(main|generate)\.ts$|^kernel\/messages\/|^protocols\/scim\/(attributes|discovery-schemas|schemas?|service-provider-config)\.ts$|^kernel\/(database\/|config|durations|process|jobs|secrets)|store\.ts$|-sql\.ts$/;
/** Calls whose texts go into the contract, or to whoever runs the process. */
const quietCalls = new Set(['describe', 'open', 'openToForms', 'Error', 'ConfigProblem', 'RangeError', 'TypeError']);
/** Texts of the contract, and of mails. */
const quietFields = new Set(['summary', 'description', 'subject', 'body', 'lines', 'last']);

const reads =
  /^(?:[A-Z]|\{0\}).* .*(?:[.?]|[.:] "?\{\d\}"?)$|^(?:must|is|was|has|needs|names|may|are|contains|does|can|cannot|holds) .|^as in /s;

// biome-ignore lint/suspicious/noExplicitAny: a syntax tree, of which only a few kinds of nodes matter
type Node = any;

const textOf = ({ type, value, quasis }: Node): string | undefined => {
  if (type === 'Literal') return typeof value === 'string' ? value : undefined;
  if (type !== 'TemplateLiteral') return undefined;
  return quasis.map((part: Node, at: number) => `${part.value.cooked}${part.tail ? '' : `{${at}}`}`).join('');
};

/** All texts, and those among them that people hear. */
const all = new Set<string>();
const heard = new Set<string>();

function gather(node: Node, isQuiet: boolean): void {
  if (Array.isArray(node)) for (const each of node) gather(each, isQuiet);
  else if (node !== null && typeof node === 'object') {
    const text = textOf(node);
    if (text !== undefined) {
      all.add(text);
      if (!isQuiet && reads.test(text)) heard.add(text);
    }
    const called = node.callee?.name ?? node.callee?.property?.name;
    const quiet =
      isQuiet ||
      node.type === 'TaggedTemplateExpression' ||
      (node.type === 'Property' && quietFields.has(node.key.name));
    for (const [name, child] of Object.entries(node))
      gather(child, quiet || (name === 'arguments' && quietCalls.has(called)));
    if (node.type === 'Property' && node.key.name) all.add(node.key.name);
  }
}

for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' }))
  if (file.endsWith('.ts') && !/\.(server|test)\.ts$/.test(file))
    gather(parseAst(readFileSync(join(sources, file), 'utf8'), { lang: 'ts' }).body, unheard.test(file));

test('the server says many things', () => {
  expect(heard.size).toBeGreaterThan(500);
});

test('each kind of task has a name in each language', async () => {
  const { capabilities } = await import('../../../server/src/app.ts');
  const jobs = capabilities.flatMap((capability) => capability.jobs ?? []).map(({ kind }) => kind);
  const kinds = jobs.flatMap((kind) => /^tasks\.run-(.+)/.exec(kind)?.[1] ?? []);
  expect(kinds).toContain('audit.export');
  for (const language of Object.keys(languages)) {
    const { taskText } = (await import(`./${language}.tasks.ts`)) as { taskText: { kinds: Record<string, string> } };
    expect([...kinds].filter((kind) => !(kind in taskText.kinds)).sort(), language).toEqual([]);
    expect(
      Object.keys(taskText.kinds).filter((kind) => !kinds.includes(kind)),
      language,
    ).toEqual([]);
  }
});

describe.each(Object.keys(languages).filter((language) => language !== 'en'))('in %s', async (language) => {
  const spoken = (await import(`${words}/${language}.server.ts`)) as {
    serverText: Record<string, string>;
    written: (value: string) => string;
  };
  const { serverText } = spoken;
  vi.doMock('../../../server/src/kernel/messages/en.server.ts', () => spoken);
  const { putInOurWords, said } = await import('./said.ts');

  test('what the server says has a translation', () => {
    expect([...heard].filter((text) => !(text in serverText))).toEqual([]);
  });

  test('the titles of topics and permissions have one', () => {
    const catalogue = readFileSync(join(sources, 'kernel/catalogue.ts'), 'utf8');
    const titles = [...catalogue.slice(0, catalogue.indexOf('as const')).matchAll(/'([A-Z][^']*)'/g)];
    expect(titles.length).toBeGreaterThan(40);
    expect(titles.flatMap(([, title]) => title ?? []).filter((title) => !(title in serverText))).toEqual([]);
  });

  test('no translation is of what it does not say', () => {
    expect(Object.keys(serverText).filter((text) => !all.has(text))).toEqual([]);
  });

  test('a translation has no place that the text lacks', () => {
    const placesOf = (text: string) => new Set(text.match(/\{\d\}/g));
    for (const [text, translated] of Object.entries(serverText)) {
      expect(
        [...placesOf(translated)].filter((place) => !placesOf(text).has(place)),
        text,
      ).toEqual([]);
      expect(translated.trim(), text).not.toBe('');
    }
  });

  test('each text is found by its words, whatever stands in its places', () => {
    for (const [text, translated] of Object.entries(serverText)) {
      const filled = (template: string) => template.replace(/\{(\d)\}/g, (_, at) => `<${at}>`);
      expect(said(filled(text)), text).toBe(filled(translated));
    }
  });

  test('a reply is put into the language, and what people wrote is left', () => {
    const reply = {
      description: 'It is enabled.',
      actions: [{ name: 'accounts.enable', allowed: false, reason: 'It is enabled.' }],
      warnings: ['What nobody knows.'],
    };
    putInOurWords(reply);
    expect(reply).toEqual({
      description: 'It is enabled.',
      actions: [{ name: 'accounts.enable', allowed: false, reason: serverText['It is enabled.'] }],
      warnings: ['What nobody knows.'],
    });
  });

  test('a problem says its fields in the language, in its detail as well', () => {
    const problem = { detail: 'name: is required', errors: [{ path: 'name', message: 'is required' }] };
    putInOurWords(problem);
    const message = serverText['is required'];
    expect(problem).toEqual({ detail: `name: ${message}`, errors: [{ path: 'name', message }] });
    const call = { detail: 'name: is required' };
    putInOurWords(call);
    expect(call).toEqual({ detail: `name: ${message}` });
  });
});
