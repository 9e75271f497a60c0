import { HELP, readArguments } from './arguments.js';
import { findAll } from './examine.js';
import { countsOf, jsonOf, tableOf } from './print.js';

/** `hooktide doctor`: looks at what a Hooktide needs, and says what to do. */
export async function doctor(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const findings = await findAll(process.env, wanted);
  process.stdout.write(wanted.asJson ? jsonOf(findings) : tableOf(findings));
  return countsOf(findings).fail === 0 ? 0 : 1;
}
