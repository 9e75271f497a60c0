import { stringify } from 'yaml';

/** `pretty` is YAML here, as with sail. */
export const FORMATS = ['pretty', 'json', 'yaml'] as const;
export type OutputFormat = (typeof FORMATS)[number];

/** An answer for people or programs, with its line end. */
export function print(answer: unknown, format: OutputFormat): string {
  return format === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : stringify(answer, { lineWidth: 0 });
}
