import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/updates/outcome.js';

const page = await readFile('docs/nothing-arrives.md', 'utf8');

/** The words that a source file gives as codes of its reasons. */
async function codesIn(path: string, pattern: RegExp): Promise<string[]> {
  const source = await readFile(path, 'utf8');
  return [...new Set([...source.matchAll(pattern)].map(([, code = '']) => code))];
}

const CODE = /(?:code: |because\(\s*)'(\w+)'/g;
const waiting = await codesIn('src/api/why-waiting.ts', CODE);
const nothing = await codesIn('src/api/why-nothing.ts', CODE);
const dropped = await codesIn('src/queue/sql/drop.ts', /(?<=DropReason =.*)'(\w+)'/g);
const failures = REASONS.filter((reason) => reason !== 'delivered');

describe('the page for whoever misses an update', () => {
  it.each([...waiting, ...nothing, ...dropped])('says what %s means', (code) => {
    expect(page).toContain(`\`${code}\``);
  });

  it.each(failures)('says where to look when attempts end with %s', (reason) => {
    expect(page.slice(page.indexOf('## 3.'))).toContain(`\`${reason}\``);
  });

  it('has found the codes', () => {
    expect([waiting.length, nothing.length, dropped.length]).toEqual([8, 10, 5]);
  });
});
