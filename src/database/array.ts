/**
 * Numbers as Postgres writes an array: `{1,2,NULL}`. The driver would look for quotes in each of them, which is a tenth of
 * what a delivery costs.
 */
export function numberArray(numbers: readonly (number | null | undefined)[]): string {
  return `{${numbers.map((number) => number ?? 'NULL').join()}}`;
}
