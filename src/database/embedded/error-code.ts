/** The code of a system's or Postgres' error: `EEXIST`, `3D000`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
