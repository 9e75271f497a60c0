import { inspect } from 'node:util';
import { type LineStream, standardOutput } from './output.js';
import { pretty } from './pretty.js';

/**
 * Says what happened. `event` is a dotted name in the past tense (`delivery.attempted`), `data` explains it by ids,
 * counts and reasons: never a body, never a secret. An Error goes under the key `error`. The keys `time`, `level` and
 * `event` are taken. ERROR means "wake someone".
 */
export abstract class Log {
  abstract debug(event: string, data?: object): void;
  abstract info(event: string, data?: object): void;
  abstract warn(event: string, data?: object): void;
  abstract error(event: string, data?: object): void;
}

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error';
  /** auto = pretty on a terminal, else json. */
  format: 'auto' | 'json' | 'pretty';
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * A log of one line an event: `{"time":"2026-11-22T10:00:00.000Z","level":"info","event":"delivery.attempted",…}`.
 * A busy dispatcher writes ten thousand a second: what makes a line here takes 2 µs, a logging library took 4 to 5.
 */
export function createLog({ level, format }: LogOptions, out: LineStream = standardOutput()): Log {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  // Node's own answer minds NO_COLOR, FORCE_COLOR and TERM.
  const colour = process.stdout.isTTY && process.stdout.hasColors();
  const write = (name: LogOptions['level']) => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return () => undefined;
    return (event: string, data: object = {}): void => {
      const json = toJson(explained(data));
      const line = `{"time":"${now()}","level":"${name}","event":"${event}"${json === '{}' ? '' : ','}${json.slice(1)}`;
      out.write(`${isPretty ? pretty(JSON.parse(line), colour) : line}\n`);
    };
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

let lastMillis = 0;
let lastTime = '';

/** Printing a time costs more than the rest of the line: it is done once a millisecond. */
function now(): string {
  const millis = Date.now();
  if (millis !== lastMillis) lastTime = new Date(millis).toISOString();
  lastMillis = millis;
  return lastTime;
}

/** A log must not throw: a value that holds itself, or a big integer, goes as text. */
function toJson(line: object): string {
  try {
    return JSON.stringify(line);
  } catch {
    const texts = Object.entries(line).map(([key, value]: [string, unknown]) => [key, asText(value)]);
    return JSON.stringify(Object.fromEntries(texts));
  }
}

function asText(value: unknown): unknown {
  return typeof value === 'string' ? value : inspect(value, { depth: 2, breakLength: Infinity });
}

/** Errors carry what they are about (a failed query its parameters, so payloads): only what explains them is logged. */
function explained(data: object): object {
  if (!('error' in data) || !(data.error instanceof Error)) return data;
  const { name, message, stack, cause } = data.error;
  const because = cause instanceof Error ? `: ${cause.message}` : '';
  const code = 'code' in data.error ? data.error.code : undefined;
  return { ...data, error: { type: name, message: message + because, code, stack } };
}
