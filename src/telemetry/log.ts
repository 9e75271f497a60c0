import { pino } from 'pino';
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

/** A log of one line an event: `{"time":"2026-11-22T10:00:00.000Z","level":"info","event":"delivery.attempted",…}`. */
export function createLog({ level, format }: LogOptions, out: LineStream = standardOutput()): Log {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  const lines = pino({ ...LINE, level }, isPretty ? prettified(out) : out);
  return {
    debug: (event, data) => lines.debug({ level: 'debug', event, ...data }),
    info: (event, data) => lines.info({ level: 'info', event, ...data }),
    warn: (event, data) => lines.warn({ level: 'warn', event, ...data }),
    error: (event, data) => lines.error({ level: 'error', event, ...data }),
  };
}

/** Pino would begin with the level, and put the comma before the time: here the time begins and the level follows. */
const LINE: pino.LoggerOptions = {
  base: null,
  timestamp: () => `"time":"${new Date().toISOString()}"`,
  formatters: { level: () => ({}) },
  serializers: { error: withoutExtras },
};

/** Errors carry what they are about (a failed query its parameters, so payloads): only what explains them is logged. */
function withoutExtras(error: Error): object {
  const { type, message, code, stack } = pino.stdSerializers.err(error);
  return { type, message, code, stack };
}

function prettified(out: LineStream): LineStream {
  // Node's own answer minds NO_COLOR, FORCE_COLOR and TERM.
  const colour = process.stdout.isTTY && process.stdout.hasColors();
  return { write: (line) => out.write(`${pretty(JSON.parse(line), colour)}\n`) };
}
