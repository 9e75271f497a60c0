import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Output } from './output.js';

it('writes the lines of one turn at once, at its end', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'hooktide-log-')), 'log');
  const output = new Output(openSync(file, 'w'));
  output.write('a\n');
  output.write('b\n');
  expect(readFileSync(file, 'utf8')).toBe('');
  await new Promise(setImmediate);
  expect(readFileSync(file, 'utf8')).toBe('a\nb\n');
});

it('loses none of many lines in one turn', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'hooktide-log-')), 'log');
  const output = new Output(openSync(file, 'w'));
  const line = `${'x'.repeat(999)}\n`;
  for (let written = 0; written < 20_000; written += 1) output.write(line);
  await new Promise(setImmediate);
  expect(readFileSync(file).length).toBe(20_000_000);
});

it('survives a file that takes nothing', async () => {
  const readOnly = openSync(import.meta.filename, 'r');
  const output = new Output(readOnly);
  output.write('a\n');
  await new Promise(setImmediate);
  expect(() => output.write('b\n')).not.toThrow();
  await new Promise(setImmediate);
});
