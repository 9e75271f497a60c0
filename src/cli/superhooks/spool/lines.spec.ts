import { expect, it } from 'vitest';
import { countLines, readLines, toLine } from './lines.js';

const records = [{ key: '1', text: 'é😀\n' }, { key: '2' }, { key: '3', text: '' }];
const bytes = Buffer.concat(records.map(toLine));

it('reads back what was written, and where each record ends', () => {
  const { entries, damaged, endByte } = readLines(bytes, 1_000);
  expect(entries.map(({ record }) => record)).toEqual(records);
  expect(entries.at(-1)?.endByte).toBe(1_000 + bytes.length);
  expect({ damaged, endByte }).toEqual({ damaged: 0, endByte: 1_000 + bytes.length });
  expect(countLines(bytes)).toBe(3);
});

it('leaves out a last record that was cut off, at whichever byte', () => {
  const whole = bytes.length - toLine(records[2]).length;
  for (let length = whole; length < bytes.length; length++) {
    const { entries, damaged, endByte } = readLines(bytes.subarray(0, length));
    expect(entries.map(({ record }) => record)).toEqual(records.slice(0, 2));
    expect({ damaged, endByte }).toEqual({ damaged: 0, endByte: whole });
  }
});

it('leaves out a record of which any byte was changed, and reads the others', () => {
  const length = toLine(records[0]).length;
  for (let at = 0; at < length - 1; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) === 0x7a ? 0x79 : 0x7a, at);
    const { entries, damaged } = readLines(changed);
    expect(entries.map(({ record }) => record)).toEqual(records.slice(1));
    expect(damaged).toBe(1);
  }
});
