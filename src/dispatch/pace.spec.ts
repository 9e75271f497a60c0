import { describe, expect, it } from 'vitest';
import { LEAST_MESSAGES, Pace } from './pace.js';

const PROMPT = 10;
const LATE = 1_000;

describe.each([
  ['a lane of updates', 1, [1, 2, 4, 8, 16, 16]],
  ['a lane of direct messages', LEAST_MESSAGES, [8, 16, 16]],
])('%s', (_, least, windows) => {
  it('goes faster with each success, up to the most that it may', () => {
    const pace = new Pace('fresh', least);
    const seen = windows.map(() => {
      const { window } = pace;
      pace.note(PROMPT);
      pace.succeed(16);
      return window;
    });
    expect(seen).toEqual(windows);
  });

  it('falls back to its least when the receiver is late, and stays there until it answers in time', () => {
    const pace = new Pace('brisk', least);
    pace.note(PROMPT);
    pace.succeed(16);
    pace.slowDown();
    expect([pace.standing, pace.window]).toEqual(['slow', least]);
    pace.note(LATE);
    pace.succeed(16);
    expect([pace.standing, pace.window]).toEqual(['slow', least]);
    pace.note(LATE - 1);
    pace.succeed(16);
    expect([pace.standing, pace.window]).toEqual(['brisk', least * 2]);
  });
});
