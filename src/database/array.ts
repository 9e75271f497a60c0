/**
 * Numbers as Postgres writes an array: `{1,2,NULL}`. The driver would look for quotes in each of them, which made a
 * twelfth of all that a delivery leaves to the garbage collector.
 */
export function numberArray(numbers: readonly (number | null | undefined)[]): string {
  return `{${numbers.map((number) => number ?? 'NULL').join()}}`;
}
