import { HELP, readArguments, type Wanted } from './arguments.js';
import { checkConfig, type Checked } from './check.js';
import { printResolved } from './resolved.js';

/** `hooktide check-config`: says whether a start would take the config. */
export async function checkConfigCommand(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const env = wanted.file === undefined ? process.env : { ...process.env, HOOKTIDE_CONFIG: wanted.file };
  const checked = checkConfig(env);
  const resolved = wanted.isPrinted && checked.problems.length === 0 ? printResolved(env) : null;
  if (wanted.asJson) printJson(checked, resolved);
  else printText(checked, resolved, wanted);
  return checked.problems.length === 0 ? 0 : 2;
}

function printJson({ loaded, problems }: Checked, config: string | null): void {
  const said = {
    isGood: problems.length === 0,
    file: loaded?.file ?? null,
    problems,
    warnings: loaded?.warnings ?? [],
    ...(config === null ? {} : { config }),
  };
  process.stdout.write(`${JSON.stringify(said, null, 2)}\n`);
}

/** YAML goes to standard output alone; what is wrong, and what the start would warn of, to standard error. */
function printText({ loaded, problems }: Checked, resolved: string | null, { file }: Wanted): void {
  for (const warning of loaded?.warnings ?? []) process.stderr.write(`Warning: ${warning}\n`);
  for (const problem of problems) process.stderr.write(`Error: ${problem}\n`);
  if (problems.length > 0) return;
  const name = file ?? loaded?.file ?? 'config/default.yaml and the environment';
  process.stdout.write(resolved ?? `${name}: the config is good.\n`);
}
