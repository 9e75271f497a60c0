import { isEnvironment, saysSecret, type SecretVariables } from './environment.js';
import { endOfString, readString, skipBlanks, sliceValue, type Slice } from './slice.js';

/** A place that paths lead to, or a step on the way to one. */
export interface Place {
  /** The name of a member, the index of an element, or null for any. */
  readonly at: string | number | null;
  /** At any depth, not only one deeper. */
  readonly isDeep: boolean;
  /** Null: the value here is hidden. */
  readonly next: Place | null;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Members by which lists tell of variables: `{"name": "DB_PASSWORD", "value": "x"}`; Docker's parameters have a `key`. */
const NAMES = ['name', 'key'];
const VALUE = 'value';
const OF_PAIRS = [...NAMES, VALUE];
/** Of a variable of Mesos, in the place of its value. */
const SECRET = 'secret';

/** A member of a pair. */
interface Part extends Slice {
  member: string;
  /** What it says, if it is a string. */
  text: string | null;
}

/** An object or array that is being read. */
interface Container {
  start: number;
  isArray: boolean;
  /** Of the element that comes next. */
  index: number;
  /** Those that paths look for in it. */
  places: readonly Place[];
  holdsVariables: boolean;
  /** Its own name, if it is part of a pair. */
  asPart: string | null;
  /** Its members that may be a pair: what they mean shows when it ends. */
  pair: Part[];
}

/**
 * The values in JSON text that are to be hidden; some may stand in others. Reads text that `JSON.parse` accepted, in one pass
 * and without recursion, so that depth costs neither time nor stack.
 * @param variables null: environments aren't looked at
 */
export function searchSecrets(text: string, places: readonly Place[], variables: SecretVariables | null): Slice[] {
  return new Search(text, variables).run(places);
}

class Search {
  readonly #found: Slice[] = [];
  readonly #open: Container[] = [];

  constructor(
    private readonly text: string,
    private readonly variables: SecretVariables | null,
  ) {}

  run(places: readonly Place[]): Slice[] {
    const { text } = this;
    let at = this.enter(skipBlanks(text, 0), places, false, null);
    for (let container = this.#open.at(-1); container !== undefined; container = this.#open.at(-1)) {
      at = skipBlanks(text, at);
      const code = text.charCodeAt(at);
      if (code === COMMA) at += 1;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) at = this.leave(container, at + 1);
      else if (container.isArray) at = this.value(container, container.index++, at);
      else {
        const end = endOfString(text, at);
        const member = readString(text, at, end);
        at = this.value(container, member, skipBlanks(text, skipBlanks(text, end) + 1));
      }
    }
    return this.#found;
  }

  /** Reads the value that begins at `start`; answers where to go on. */
  private value(container: Container, key: string | number, start: number): number {
    const places = stepInto(container.places, key);
    if (places === null || this.isSecret(container, key)) return this.hide(start);
    const holdsVariables = this.variables !== null && (container.holdsVariables || isEnvironment(String(key)));
    const part = this.variables !== null && OF_PAIRS.includes(key as string) ? (key as string) : null;
    const code = this.text.charCodeAt(start);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) return this.enter(start, places, holdsVariables, part);
    const slice = sliceValue(this.text, start);
    const text = code === QUOTE ? readString(this.text, start, slice.end) : null;
    if (part !== null) container.pair.push({ member: part, text, ...slice });
    else if (holdsVariables && text !== null && saysSecret(text, this.variables)) this.#found.push(slice);
    return slice.end;
  }

  /** Whether the value is a variable's that is secret by its name. What a pair says shows later. */
  private isSecret({ isArray, holdsVariables }: Container, key: string | number): boolean {
    if (!holdsVariables || isArray || this.variables === null) return false;
    const member = String(key);
    return member === SECRET || (!OF_PAIRS.includes(member) && this.variables.isSecret(member));
  }

  private enter(start: number, places: readonly Place[], holdsVariables: boolean, asPart: string | null): number {
    const code = this.text.charCodeAt(start);
    const isArray = code === OPEN_BRACKET;
    const isLeftOut = places.length === 0 && this.variables === null;
    if (isLeftOut || (!isArray && code !== OPEN_BRACE)) return sliceValue(this.text, start).end;
    this.#open.push({ start, isArray, index: 0, places, holdsVariables, asPart, pair: [] });
    return start + 1;
  }

  private leave({ start, pair, holdsVariables, asPart }: Container, end: number): number {
    this.#open.pop();
    if (asPart !== null) this.#open.at(-1)?.pair.push({ member: asPart, text: null, start, end });
    if (pair.length > 0) this.#found.push(...secretsIn(pair, holdsVariables, this.variables!));
    return end;
  }

  private hide(start: number): number {
    const slice = sliceValue(this.text, start);
    this.#found.push(slice);
    return slice.end;
  }
}

/**
 * What is secret in a pair of a name and a value. Names may be repeated, and come last.
 * @param isVariable whether it stands in an environment; elsewhere it may be a parameter: `{"key": "env", "value": "A=x"}`
 */
function secretsIn(pair: readonly Part[], isVariable: boolean, variables: SecretVariables): Slice[] {
  const tellsSecret = (text: string | null): boolean => text !== null && saysSecret(text, variables);
  const names = pair.filter(({ member }) => member !== VALUE);
  const values = pair.filter(({ member }) => member === VALUE);
  // Variables may be called `name` and `key`.
  if (values.length === 0) {
    return isVariable ? names.filter(({ member, text }) => variables.isSecret(member) || tellsSecret(text)) : [];
  }
  const texts = names.map(({ text }) => text ?? '');
  if (isVariable && texts.some((name) => variables.isSecret(name))) return values;
  const isLookedAt = isVariable || texts.some(isEnvironment);
  return isLookedAt ? values.filter(({ text }) => tellsSecret(text)) : [];
}

const NOWHERE: readonly Place[] = [];

/** Where paths lead from one level to the next by this key; null: one of them ends here. */
function stepInto(places: readonly Place[], key: string | number): readonly Place[] | null {
  if (places.length === 0) return NOWHERE;
  const next: Place[] = [];
  for (const place of places) {
    if (place.isDeep && !next.includes(place)) next.push(place);
    if (place.at !== null && place.at !== key) continue;
    if (place.next === null) return null;
    if (!next.includes(place.next)) next.push(place.next);
  }
  return next;
}
