import { describe, expect, it } from 'vitest';
import { WEBHOOK_TYPES } from '../updates/update.js';
import { SAIL_RETRY, withFormat } from './format-defaults.js';

const POLL = { policy: 'poll', maxAttempts: 3 } as const;
const PLAIN = { format: 'singularity', retry: null, timeoutMillis: null } as const;
const SAIL = { format: 'sail', retry: SAIL_RETRY, timeoutMillis: 10_000 } as const;

describe("a format's defaults", () => {
  it.each([
    ['are given to a new webhook of the format sail', { format: 'sail' }, {}, SAIL],
    ['are given where null asks for them', { format: 'sail', retry: null, timeoutMillis: null }, {}, SAIL],
    [
      'leave what is said',
      { format: 'sail', retry: POLL, timeoutMillis: 5 },
      {},
      { ...SAIL, retry: POLL, timeoutMillis: 5 },
    ],
    ['leave what is said of one', { format: 'sail', retry: POLL }, {}, { ...SAIL, retry: POLL }],
    ['come with a change to the format', { format: 'sail' }, PLAIN, SAIL],
    [
      'leave what was said before',
      { format: 'sail' },
      { ...PLAIN, retry: POLL },
      { format: 'sail', timeoutMillis: 10_000 },
    ],
    ['go with the format', { format: 'slack' }, SAIL, { format: 'slack', retry: null, timeoutMillis: null }],
    [
      'going leave what was said',
      { format: 'slack' },
      { ...SAIL, retry: POLL },
      { format: 'slack', timeoutMillis: null },
    ],
    ['are what null means', { retry: null }, { ...SAIL, retry: POLL }, { retry: SAIL_RETRY }],
    [
      'are what null means elsewhere',
      { retry: null, timeoutMillis: null },
      PLAIN,
      { retry: null, timeoutMillis: null },
    ],
    ['stay where they are', { description: 'x' }, SAIL, { description: 'x' }],
    ['stay where they are, though the format is named again', { format: 'sail' }, SAIL, { format: 'sail' }],
    ['are none elsewhere', { format: 'slack' }, PLAIN, { format: 'slack' }],
    ['are none of a new webhook elsewhere', { order: 'none' }, {}, { order: 'none' }],
  ] as const)('%s', (_, given, stored, expected) => {
    expect(withFormat(given, stored, 'TASK')).toEqual(expected);
  });
});

describe('the format sail', () => {
  it.each(WEBHOOK_TYPES.filter((type) => type !== 'TASK'))('is refused of webhooks of type %s', (type) => {
    const words = `format is "sail", which tells of containers: it is for webhooks of type TASK, and this is a ${type}`;
    expect(() => withFormat({ format: 'sail' }, {}, type)).toThrow(words);
    expect(withFormat({ format: 'form' }, {}, type)).toEqual({ format: 'form' });
  });
});
