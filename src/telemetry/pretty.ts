const COLOURS = { dim: 2, red: 31, yellow: 33, cyan: 36 } as const;
const LEVELS: Record<string, keyof typeof COLOURS> = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' };

/**
 * A line of the log for people: local time, level, event, key=value pairs. An error's stack follows, indented. Whatever
 * is in the values, it begins no line of its own and reaches the terminal as text only.
 * @param line what a JSON line holds
 */
export function pretty(line: Record<string, unknown>, colour: boolean): string {
  const paint = (name: keyof typeof COLOURS, text: string): string =>
    colour ? `\u001b[${COLOURS[name]}m${text}\u001b[0m` : text;
  const { time, level, event, ...data } = line;
  const pairs = Object.entries(data).map(
    ([key, value]) => `${paint('dim', `${word(key)}=`)}${word(withoutStack(value))}`,
  );
  const head = [
    paint('dim', clock(time)),
    paint(LEVELS[String(level)] ?? 'dim', String(level).toUpperCase().padEnd(5)),
    word(event),
    ...pairs,
  ].join(' ');
  const stack = Object.values(data).flatMap(framesOf);
  return [head, ...stack.map((frame) => paint('dim', `    ${visible(frame)}`))].join('\n');
}

/** `14:03:22.123`, local. */
function clock(time: unknown): string {
  const date = new Date(String(time));
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => digits(part, 2));
  return `${parts.join(':')}.${digits(date.getMilliseconds(), 3)}`;
}

const digits = (value: number, count: number): string => String(value).padStart(count, '0');

/** Plain if it can be told from its neighbours, else in quotes. */
function word(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@%+#$-]+$/.test(value)) return value;
  return visible(JSON.stringify(value) ?? 'undefined');
}

/** Escapes what a terminal would act upon: control characters, line ends of Unicode and changes of writing direction. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const hasStack = (value: unknown): value is { stack: string; message?: unknown } =>
  typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';

const withoutStack = (value: unknown): unknown => (hasStack(value) ? (value.message ?? 'without a message') : value);

/** The lines of a stack but its first, which the pair shows. */
const framesOf = (value: unknown): string[] =>
  hasStack(value)
    ? value.stack
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.startsWith('at '))
    : [];
