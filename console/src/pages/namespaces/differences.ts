import type { SettingsChange } from '../../api/namespaces.ts';
import { namespaceSettingsText as text } from '../../messages/en.namespace-settings.ts';

/** The chosen changes with what they do not do without. */
export function withNeeds(changes: SettingsChange[], chosen: ReadonlySet<string>): string[] {
  const needed = changes.filter(({ key }) => chosen.has(key)).flatMap(({ needs }) => needs);
  return [...new Set([...chosen, ...needed])];
}

/** A value of a field as a person reads it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return text.nothing;
  if (typeof value === 'boolean') return value ? text.yes : text.no;
  if (Array.isArray(value)) return value.length === 0 ? text.nothing : value.map(partText).join(', ');
  return partText(value);
}

/** What is left out where a name says it, and what is written. */
const SAID = ['id', 'kind', 'description', 'name', 'value', 'values'];

/** A header that is set, a claim with its values, an item by its name; else as JSON has it. */
function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part);
  const { name, value, values } = part as { name?: string; value?: string; values?: string[] };
  if (name === undefined || Object.keys(part).some((key) => !SAID.includes(key))) return JSON.stringify(part);
  if (value !== undefined) return `${name}: ${value}`;
  return values ? `${name} = ${values.join(' | ')}` : name;
}
