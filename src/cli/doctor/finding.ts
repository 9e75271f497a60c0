/** `fail`: it doesn't work so. `warn`: it works, but not as it should, or not for long. */
export type State = 'ok' | 'warn' | 'fail';

/** What came of one check. */
export interface Finding {
  /** A stable name. */
  check: string;
  state: State;
  /** A sentence. Never a secret. */
  says: string;
  /** What to do about it; missing where it is ok. */
  todo?: string;
}

export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says });
export const warn = (check: string, says: string, todo: string): Finding => ({ check, state: 'warn', says, todo });
export const fail = (check: string, says: string, todo: string): Finding => ({ check, state: 'fail', says, todo });

const UNITS: [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
];

/** `75 s`, `3 min`, `2 d` */
export function lasting(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Math.max(0, Math.round(seconds / size))} ${unit}`;
}
