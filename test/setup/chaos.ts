import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../chaos/oracle.mjs';

const RUN = fileURLToPath(new URL('../chaos/run.mjs', import.meta.url));

/** What `npm run chaos -- --json` prints: in the place of findings their number. */
export type Summary = { [Name in keyof Verdict]: Verdict[Name] extends unknown[] ? number : Verdict[Name] } & {
  isRight: boolean;
  faults: Record<string, number>;
  unsettled: number;
  surprises: unknown[];
  findings: unknown[];
};

export interface ChaosRun {
  code: number;
  summary: Summary;
  /** For people. */
  report: string;
}

/** Runs the fault harness through its command line. What it keeps of a run that has to fail is removed. */
export function runChaos(...args: string[]): Promise<ChaosRun> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [RUN, '--json', ...args], (error, stdout, report) => {
      const code = error ? Number(error.code) : 0;
      if (code > 1 || Number.isNaN(code)) return reject(new Error(report));
      const [, kept] = /the trace of what is wrong are in (\S+) /.exec(report) ?? [];
      if (kept !== undefined && args.includes('--plant')) rmSync(kept, { recursive: true });
      resolve({ code, summary: JSON.parse(stdout) as Summary, report });
    });
  });
}
