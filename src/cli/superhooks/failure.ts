/** What an error says. One of a name with several addresses says nothing itself: each address has failed on its own. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const each = error instanceof AggregateError ? error.errors.map(textOf).join(', ') : '';
  return error.message || each || (error as NodeJS.ErrnoException).code || error.name;
}
