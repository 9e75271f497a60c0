import { ExitError } from './exit-error.js';

/** A command gets what stands behind its name, and resolves with its exit code: 0 done, 1 failed, 2 misuse. */
export type Command = (args: string[]) => Promise<number>;

/** Ends the process as the command says. The user's mistake shows no stack trace, a bug does. */
export async function run(command: Command, args: string[]): Promise<never> {
  try {
    process.exit(await command(args));
  } catch (error) {
    if (error instanceof ExitError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(error.exitCode);
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  }
}
