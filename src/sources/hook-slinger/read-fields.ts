import { compactJson, NotANumberError } from './compact-json.js';
import { pythonDict, pythonText, type Pair } from './python.js';
import { MessageRefusedError, type FieldError } from './refused.error.js';

/** The fields of a request, coerced as pydantic 1.10 does (contract §1.1). What is null was absent or null. */
export interface Fields {
  toUrl: string;
  toAuth: string | null;
  tag: string | null;
  group: string | null;
  /** JSON, as short as it can be said. */
  payload: string;
}

/** Two of them, a UUID and what stands between are a job id, which is as long as an id may be: 800 bytes. */
const MAX_PART_BYTES = 380;

const NO_DICT = { msg: 'value is not a valid dict', type: 'type_error.dict' };
const NULL = { msg: 'none is not an allowed value', type: 'type_error.none.not_allowed' };
const MISSING = { msg: 'field required', type: 'value_error.missing' };
const NO_TEXT = { msg: 'str type expected', type: 'type_error.str' };
/** What Hook Slinger takes, and fails at later on. */
const unfit = (msg: string) => ({ msg, type: 'value_error' });

/**
 * Reads the fields of a body.
 * @param body as `readBody` has it
 * @throws MessageRefusedError with all that is wrong, in the order of the fields
 */
export function readFields(body: string | null): Fields {
  if (body === 'null') throw refusal([{ loc: ['body'], ...MISSING }]);
  const pairs = body === null ? undefined : pythonDict(body);
  if (pairs === undefined) throw refusal([{ loc: ['body'], ...NO_DICT }]);
  if (pairs.some(([key]) => !key.startsWith('"')))
    throw refusal([{ loc: ['body'], msg: 'keywords must be strings', type: 'type_error' }]);
  const reader = new FieldReader(new Map(pairs.map(([key, value]) => [JSON.parse(key) as string, value])));
  const fields = {
    toUrl: reader.text('to_url', isStorable, 'required') ?? '',
    toAuth: reader.text('to_auth', isHeader),
    tag: reader.text('tag', isPart),
    group: reader.text('group', isPart),
    payload: reader.payload(),
  };
  if (reader.errors.length > 0) throw refusal(reader.errors);
  return fields;
}

const refusal = (errors: FieldError[]): MessageRefusedError => new MessageRefusedError(422, errors);

/** What is wrong with a text for Hooktide; undefined: nothing. */
type Rule = (text: string) => string | undefined;

const isStorable: Rule = (text) =>
  /[\0\p{Surrogate}]/u.test(text) ? 'a NUL and half a surrogate pair are not taken' : undefined;
const isHeader: Rule = (text) =>
  /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? undefined : 'this can not be sent as a header';
const isPart: Rule = (text) =>
  Buffer.byteLength(text) > MAX_PART_BYTES ? `ensure this value has at most ${MAX_PART_BYTES} bytes` : isStorable(text);

class FieldReader {
  readonly errors: FieldError[] = [];

  constructor(private readonly members: ReadonlyMap<string, string>) {}

  text(name: string, rule: Rule, isRequired?: 'required'): string | null {
    const value = this.members.get(name);
    if (isRequired && (value === undefined || value === 'null')) return this.fault([name], value ? NULL : MISSING);
    if (value === undefined || value === 'null') return null;
    const text = pythonText(value);
    if (text === undefined) return this.fault([name], NO_TEXT);
    const problem = rule(text);
    return problem === undefined ? text : this.fault([name], unfit(problem));
  }

  payload(): string {
    const value = this.members.get('payload');
    if (value === undefined || value === 'null') return this.fault(['payload'], value ? NULL : MISSING) ?? '';
    const pairs = pythonDict(value);
    return (pairs === undefined ? this.fault(['payload'], NO_DICT) : this.print(pairs)) ?? '';
  }

  private print(pairs: readonly Pair[]): string | null {
    const members = new Map<string, string>();
    for (const [key, value] of pairs) {
      const name = pythonText(key);
      if (name === undefined) this.fault(['payload', '__key__'], NULL);
      else members.set(name, value);
    }
    try {
      const printed = [...members].map(([name, value]) => `${JSON.stringify(name)}:${compactJson(value)}`);
      return `{${printed.join(',')}}`;
    } catch (error) {
      if (!(error instanceof NotANumberError)) throw error;
      return this.fault(['payload'], unfit(`${error.message} is no JSON, and is not sent`));
    }
  }

  private fault(path: readonly string[], problem: { msg: string; type: string }): null {
    this.errors.push({ loc: ['body', ...path], ...problem });
    return null;
  }
}
