import { randomInt } from 'node:crypto';

/** A schema of the contract, as far as bodies need it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
}

/** A value by the path of its field (`owner.email`), or by its name (`email`). */
export type Given = Record<string, unknown>;

const letters = (count: number) =>
  Array.from({ length: count }, () => String.fromCharCode(97 + randomInt(26))).join('');

const LENGTH = 16;

/** Makes values that are nowhere else, in the form that a field accepts, and remembers them. */
export class Canaries {
  readonly all: string[] = [];
  /** Fields of text into which no canary was put, as `<operation> <field>`. */
  readonly without = new Set<string>();
  readonly #schemas: Record<string, Schema>;

  constructor(schemas: Record<string, Schema>) {
    this.#schemas = schemas;
  }

  #remember(value: string) {
    this.all.push(value);
    return value;
  }

  text = () => this.#remember(letters(LENGTH));
  phone = () => `+${this.#remember(`43${Array.from({ length: 12 }, () => randomInt(10)).join('')}`)}`;
  domain = () => this.#remember(`${this.text()}.example`);
  email = () => this.#remember(`${this.text()}@${this.domain()}`);

  /** A body of the operation with a canary in every field that accepts one. */
  body(operation: string, schema: Schema, given: Given): unknown {
    const fill = (inside: Schema, path: string): unknown => {
      const name = path.split('.').at(-1) ?? '';
      if (Object.hasOwn(given, path)) return given[path];
      if (Object.hasOwn(given, name)) return given[name];
      const whole = this.#resolved(inside);
      if (whole.properties) {
        const fields = Object.entries(whole.properties).map(([field, each]) => [
          field,
          fill(each, path ? `${path}.${field}` : field),
        ]);
        return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
      }
      if (whole.enum) return whole.enum[0];
      const type = Array.isArray(whole.type) ? whole.type.find((each) => each !== 'null') : whole.type;
      if (type === 'array') {
        const item = fill(whole.items ?? {}, path);
        return item === undefined ? undefined : [item];
      }
      if (type !== 'string') return undefined;
      if (whole.format === 'date-time') return new Date(Date.now() + 5 * 86_400_000).toISOString();
      if (whole.format !== 'uuid') {
        const value = this.#fitting(name, whole);
        if (value !== undefined) return value;
      }
      this.without.add(`${operation} ${path}`);
      return undefined;
    };
    return fill(schema, '');
  }

  #fitting(name: string, { pattern, maxLength = Number.POSITIVE_INFINITY }: Schema): string | undefined {
    if (/email$/i.test(name)) return this.email();
    if (/phone$/i.test(name)) return this.phone();
    if (/domain$/i.test(name)) return this.domain();
    if (maxLength < LENGTH) return undefined;
    const value = letters(LENGTH);
    return !pattern || new RegExp(pattern, 'u').test(value) ? this.#remember(value) : undefined;
  }

  #resolved(schema: Schema): Schema {
    if (schema.$ref) return this.#resolved(this.#schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
    const alternatives = schema.anyOf ?? schema.oneOf;
    const some = alternatives?.map((each) => this.#resolved(each)).find(({ type }) => type !== 'null');
    const parts = schema.allOf?.map((each) => this.#resolved(each)) ?? [];
    return Object.assign({}, schema, ...parts, some);
  }
}
