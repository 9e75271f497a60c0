/** Completes "write …". */
export const AN_ORIGIN = 'an origin as browsers send it, such as https://ops.example.com or http://localhost:8080';

/** Scheme, host and, if it isn't the scheme's own, port: what the header `Origin` says, so that texts can be compared. */
export function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  return new URL(value).origin === value;
}
