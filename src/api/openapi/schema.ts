/** A schema of OpenAPI 3.1, which is JSON Schema 2020-12. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });

export const time = (description: string): Schema => text(description, { format: 'date-time' });

export const flag = (description: string): Schema => ({ type: 'boolean', description });

/** A whole number. */
export const whole = (description: string, minimum: number, maximum?: number): Schema => ({
  type: 'integer',
  description,
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});

export const number = (description: string, more: Schema): Schema => ({ type: 'number', description, ...more });

export const epochMillis = (description: string): Schema => ({ type: 'integer', format: 'int64', description });

/** One of some words. */
export const word = (description: string, words: readonly string[]): Schema => ({
  type: 'string',
  description,
  enum: [...words],
});

/** One of some words, each with its meaning. A new word doesn't compile until it has one. */
export const words = <W extends string>(description: string, meanings: Record<W, string>): Schema =>
  word([description, '', ...listed(meanings)].join('\n'), Object.keys(meanings));

export const listed = (meanings: Record<string, string>): string[] =>
  Object.entries(meanings).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);

export const list = (description: string, items: Schema, more: Schema = {}): Schema => ({
  type: 'array',
  description,
  items,
  ...more,
});

export function orNull(schema: Schema): Schema {
  if (schema.$ref !== undefined) return { oneOf: [schema, { type: 'null' }] };
  const allowed = Array.isArray(schema.enum) ? { enum: [...(schema.enum as unknown[]), null] } : {};
  return { ...schema, type: [schema.type, 'null'], ...allowed };
}

/** The same schema where it stands for something else. */
export const described = (description: string, schema: Schema): Schema => ({ ...schema, description });

/** An object with these fields and no others: all of them, but for the optional ones. */
export function object(description: string, properties: Record<string, Schema>, optional: string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  const must = required.length > 0 ? { required } : {};
  return { type: 'object', description, properties, ...must, additionalProperties: false };
}

/** What the API answers with: a field that the code adds or takes away doesn't compile until it is described here. */
export const view = <T>(
  description: string,
  properties: Record<keyof T & string, Schema>,
  optional: (keyof T & string)[] = [],
): Schema => object(description, properties, optional);

/** An object that may hold more than what is described. */
export const open = (description: string, properties: Record<string, Schema>, optional: string[] = []): Schema => ({
  ...object(description, properties, optional),
  additionalProperties: true,
});

export const page = (what: string, items: Schema): Schema =>
  object(`One page of ${what}.`, {
    items: list(`At most \`limit\` of them.`, items),
    next: orNull(text('Where this page ended: goes into `after` for the next one. Null on the last.')),
  });
