/** An option that a command line may bear. */
export interface OptionSpec {
  /** Without its dashes. */
  long: string;
  /** One letter. */
  short?: string;
  /** What the value is called in messages; left out: the option takes none. */
  value?: string;
  /** Older programs knew it: its prefixes stay unique whatever was added since. */
  isInherited?: boolean;
}

export interface ParsedArguments {
  /** By long name, in their order; `''` for options without a value. */
  values: ReadonlyMap<string, readonly string[]>;
  positionals: readonly string[];
}

/** The message is what Python's optparse says. */
export class OptionError extends Error {
  override name = 'OptionError';
}

/**
 * Reads a command line as Python's optparse does: unique prefixes of long options, `--opt value`, `--opt=value`,
 * `-oVALUE`, several short options in one word, positionals anywhere, `--` before the last of them. The value of an
 * option is whatever comes next, dashes or not. Reading stops at `stopAt`, as optparse shows its help before it sees
 * what is wrong behind it.
 * @throws OptionError
 */
export function parseArguments(args: readonly string[], specs: readonly OptionSpec[], stopAt: string): ParsedArguments {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const rest = [...args];
  const add = (spec: OptionSpec, value: string) => values.set(spec.long, [...(values.get(spec.long) ?? []), value]);
  const valueOf = (written: string): string => {
    const value = rest.shift();
    if (value === undefined) throw new OptionError(`${written} option requires 1 argument`);
    return value;
  };

  for (let word = rest.shift(); word !== undefined && !values.has(stopAt); word = rest.shift()) {
    if (word === '--') positionals.push(...rest.splice(0));
    else if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const spec = findLong(equals < 0 ? word.slice(2) : word.slice(2, equals), specs);
      if (spec.value !== undefined) add(spec, equals < 0 ? valueOf(`--${spec.long}`) : word.slice(equals + 1));
      else if (equals < 0) add(spec, '');
      else throw new OptionError(`--${spec.long} option does not take a value`);
    } else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at++) {
        const spec = findShort(word.charAt(at), specs);
        const value = spec.value === undefined ? '' : word.slice(at + 1) || valueOf(`-${spec.short}`);
        add(spec, value);
        if (spec.value !== undefined || spec.long === stopAt) break;
      }
    } else positionals.push(word);
  }
  return { values, positionals };
}

function findShort(letter: string, specs: readonly OptionSpec[]): OptionSpec {
  const spec = specs.find(({ short }) => short === letter);
  if (!spec) throw new OptionError(`no such option: -${letter}`);
  return spec;
}

function findLong(name: string, specs: readonly OptionSpec[]): OptionSpec {
  const exact = specs.find(({ long }) => long === name);
  if (exact) return exact;
  const meant = specs.filter(({ long }) => long.startsWith(name));
  const inherited = meant.filter(({ isInherited }) => isInherited);
  const [spec, ...others] = inherited.length > 0 ? inherited : meant;
  if (!spec) throw new OptionError(`no such option: --${name}`);
  if (others.length === 0) return spec;
  const candidates = [spec, ...others].map(({ long }) => `--${long}`).sort();
  throw new OptionError(`ambiguous option: --${name} (${candidates.join(', ')}?)`);
}
