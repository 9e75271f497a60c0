import { mayHoldEnvironment, secretVariables, type SecretVariables } from './environment.js';
import { searchSecrets, type Place } from './search-secrets.js';
import type { Slice } from './slice.js';

/** What is hidden of a payload. */
export interface RedactRules {
  /** Values of variables whose names look secret. */
  readonly env: boolean;
  /** Of such variables, in either case; a `*` stands for any characters. */
  readonly names: readonly string[];
  /** Places whose values are hidden, each as the steps that lead there. */
  readonly paths: readonly (readonly Omit<Place, 'next'>[])[];
}

/** Hides what is secret in a payload; the rest of it stays byte for byte. What is hidden already, stays so. */
export type Redact = (payload: string) => string;

/** What stands in the place of a value. */
const HIDDEN = '"***"';

/** @returns null: nothing is hidden */
export function redactBy({ env, names, paths }: RedactRules): Redact | null {
  const places = paths.map(chained).filter((place) => place !== null);
  if (!env && places.length === 0) return null;
  const variables = env ? secretVariables(names) : null;
  return (payload) => hide(payload, searchSecrets(payload, places, relevant(variables, payload)));
}

const relevant = (variables: SecretVariables | null, payload: string): SecretVariables | null =>
  mayHoldEnvironment(payload) ? variables : null;

/** Each step knows the next. */
function chained(steps: RedactRules['paths'][number]): Place | null {
  return steps.reduceRight<Place | null>((next, { at, isDeep }) => ({ at, isDeep, next }), null);
}

/** @param secrets in no order; one may stand in another */
function hide(text: string, secrets: Slice[]): string {
  if (secrets.length === 0) return text;
  secrets.sort((a, b) => a.start - b.start || b.end - a.end);
  let [hidden, end] = ['', 0];
  for (const secret of secrets) {
    if (secret.start < end) continue;
    hidden += text.slice(end, secret.start) + HIDDEN;
    end = secret.end;
  }
  return hidden + text.slice(end);
}
