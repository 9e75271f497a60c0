/** A value as a message shows it: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isSection(value)) return 'a section';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a thrown value says for itself. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : show(thrown));
