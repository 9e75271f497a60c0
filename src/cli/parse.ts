import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ExitError } from './exit-error.js';

/**
 * Reads the options of `hooktide <command>`.
 * @throws ExitError with 2, when there is one that the command has not
 */
export function parse<Config extends ParseArgsConfig>(
  command: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw misuse(command, (error as Error).message);
  }
}

/** @param problem a sentence without its full stop */
export function misuse(command: string, problem: string): ExitError {
  return new ExitError(2, `Error: ${problem}. hooktide ${command} --help says more.`);
}
