import type { JwtRule } from '../../config/jwt.js';
import { fits } from '../../updates/wildcard.js';

export type Claims = Readonly<Record<string, unknown>>;

/** The first rule that fits what a JWT says; undefined: none does. */
export const ruleFor = (rules: readonly JwtRule[], claims: Claims): JwtRule | undefined =>
  rules.find(({ claim, value }) => textsOf(claim, claimAt(claims, claim)).some((text) => fits(value, text)));

/**
 * What stands at a dotted path. A dot may belong to a name (`kubernetes.io`, `https://example.com/roles`): the longest
 * name that is there counts.
 */
export function claimAt(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined;
  if (Object.hasOwn(claims, path)) return (claims as Claims)[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(0, dot);
    if (Object.hasOwn(claims, name)) return claimAt((claims as Claims)[name], path.slice(dot + 1));
  }
  return undefined;
}

/** A list is each of its texts, and `scope` each of its words (RFC 8693 §4.2). */
function textsOf(claim: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((item): item is string => typeof item === 'string');
  if (typeof value === 'string') return claim === 'scope' ? value.split(' ') : [value];
  return typeof value === 'boolean' || typeof value === 'number' ? [String(value)] : [];
}
