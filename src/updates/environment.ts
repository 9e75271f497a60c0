import { fits } from './wildcard.js';

/** What of an environment is to be hidden. */
export interface SecretVariables {
  /** Whether a variable of this name is a secret. */
  isSecret(name: string): boolean;
}

/**
 * Members that hold variables: `env`, `taskEnv` and `envOverrides` of Singularity, `environment` of Mesos, whatever others
 * call theirs.
 */
const ENVIRONMENT = /env/i;
/** How such a name may be written in JSON: with escapes, too. Where it isn't, there is nothing to look for. */
const MAYBE = /env|\\u00/i;

export const mayHoldEnvironment = (payload: string): boolean => MAYBE.test(payload);
export const isEnvironment = (member: string): boolean => ENVIRONMENT.test(member);

/** `DB_PASSWORD=x`, as Docker's parameter `env` has it. */
const ASSIGNMENT = /^\s*([^=\s]+)=/;
/** A password where urls and connection strings have it: `://user:x@host`, `password=x`, `"token": "x"`. */
const PASSWORD = /:\/\/[^/?#\s]*@|(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key)["']?\s*[=:]/i;

/** Whether a variable's value is a secret whatever its name, or assigns one to another variable. */
export function saysSecret(text: string, variables: SecretVariables): boolean {
  if (PASSWORD.test(text)) return true;
  const name = ASSIGNMENT.exec(text)?.[1];
  return name !== undefined && variables.isSecret(name);
}

/** No name of a variable is longer. Longer ones are not kept in mind. */
const LONGEST_NAME = 128;
const MOST_NAMES = 4_096;

/**
 * Knows secrets by their names.
 * @param patterns in either case; a `*` stands for any characters
 */
export function secretVariables(patterns: readonly string[]): SecretVariables {
  const written = patterns.map((pattern) => pattern.toUpperCase());
  // The same names come again and again.
  const known = new Map<string, boolean>();
  return {
    isSecret(name) {
      const before = known.get(name);
      if (before !== undefined) return before;
      const upper = name.toUpperCase();
      const isSecret = written.some((pattern) => fits(pattern, upper));
      if (known.size >= MOST_NAMES) known.clear();
      if (name.length <= LONGEST_NAME) known.set(name, isSecret);
      return isSecret;
    },
  };
}
