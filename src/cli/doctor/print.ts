import type { Finding, State } from './finding.js';

const WORDS: Record<State, string> = { ok: 'ok', warn: 'warn', fail: 'FAIL' };
const STATE_WIDTH = 6;

/** A table for people: a line for each finding, and below it what to do. */
export function tableOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2;
  const indent = ' '.repeat(STATE_WIDTH + width);
  const lines = findings.flatMap(({ check, state, says, todo }) => [
    WORDS[state].padEnd(STATE_WIDTH) + check.padEnd(width) + says,
    ...(todo === undefined ? [] : [`${indent}→ ${todo}`]),
  ]);
  const { fail, warn, ok } = countsOf(findings);
  return [...lines, '', `${fail} FAIL, ${warn} warn, ${ok} ok`, ''].join('\n');
}

export function jsonOf(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ...countsOf(findings), findings }, null, 2)}\n`;
}

export function countsOf(findings: readonly Finding[]): Record<State, number> {
  const count = (wanted: State): number => findings.filter(({ state }) => state === wanted).length;
  return { ok: count('ok'), warn: count('warn'), fail: count('fail') };
}
