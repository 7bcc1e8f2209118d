/** What the server says, which is English, in another language: of its notices in mails, of all else in the console. */

interface Template {
  /** What stands around its places. */
  around: string[];
  translated: string;
  /** Whether a place stands in quotes, as names do that people chose. */
  isQuoted: boolean[];
}

const placesOf = /\{\d\}/;
const literalLength = ({ around }: Template) => around.join('').length;

/**
 * What fills the places, each at least one character and as few as can be; undefined when the text is another. Each step
 * goes on from where the last one ended, so that no text takes long.
 */
function filling({ around }: Template, text: string): string[] | undefined {
  const [first = '', ...others] = around;
  const last = others.pop() as string;
  if (!text.startsWith(first)) return undefined;
  const filled: string[] = [];
  let from = first.length;
  for (const literal of others) {
    const at = text.indexOf(literal, from + 1);
    if (at < 0) return undefined;
    filled.push(text.slice(from, at));
    from = at + literal.length;
  }
  const end = text.length - last.length;
  if (end <= from || !text.endsWith(last)) return undefined;
  return [...filled, text.slice(from, end)];
}

function templateOf(english: string, translated: string): Template {
  const around = english.split(placesOf);
  const isQuoted = around.slice(1).map((after, at) => after.startsWith('"') && around[at]?.endsWith('"') === true);
  return { around, translated, isQuoted };
}

/**
 * Says texts by a table of English ones, in which `{0}` stands for what the server puts there; that is looked up as well,
 * except in quotes. A text that is not in it stays as it is.
 *
 * @param written how the language writes a number, a day or a time
 */
export function saying(table: Record<string, string>, written: (value: string) => string): (text: string) => string {
  // Those with most words of their own first, since `must be {0}` fits much.
  const templates = Object.entries(table)
    .filter(([english]) => english.includes('{0}'))
    .map(([english, translated]) => templateOf(english, translated))
    .sort((a, b) => literalLength(b) - literalLength(a));
  const say = (text: string): string => {
    if (Object.hasOwn(table, text)) return table[text] as string;
    for (const template of templates) {
      const filled = filling(template, text);
      if (!filled) continue;
      const put = (at: number) => (template.isQuoted[at] ? filled[at] : say(written(filled[at] ?? '')));
      return template.translated.replace(/\{(\d)\}/g, (_, at) => put(Number(at)) ?? '');
    }
    // What is wrong with a field, as a protocol's reply has it.
    const [, field, message] = /^([\w.[\]-]+: )(.+)$/s.exec(text) ?? [];
    return field && message ? field + say(message) : text;
  };
  return say;
}
