import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

/** Nest's own words in our log: its chatter at debug, its warnings and errors as such. */
export class NestLogger implements LoggerService {
  constructor(private readonly lines: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.lines.debug('nest.logged', { message, context: rest.at(-1) });
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.log(message, ...rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.log(message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.lines.warn('nest.warned', { message, context: rest.at(-1) });
  }

  /** Nest gives an error as itself, or its message and its stack, and last the context. */
  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.length > 0 ? rest.at(-1) : undefined;
    const error = message instanceof Error ? message : { message, stack: rest.length > 1 ? rest[0] : undefined };
    this.lines.error('nest.failed', { error, context });
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}
