import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TooManyWaitingError } from '../errors/errors.js';
import { HighWater } from './high-water.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const nothing = (): void => undefined;

/** A mark over a queue that the test fills. */
function markAt(most: number, waiting: number) {
  const queue = { waiting, counts: 0 };
  const mark = new HighWater(most, async () => {
    queue.counts += 1;
    return queue.waiting;
  });
  return { queue, mark };
}
const refusal = (mark: HighWater) =>
  mark.check().then(
    () => null,
    (error: unknown) => error,
  );

describe('the high-water mark', () => {
  it.each([
    [0, null],
    [9, null],
    [10, TooManyWaitingError],
    [11, TooManyWaitingError],
  ])('of 10 with %i waiting answers %o', async (waiting, error) => {
    const answer = await refusal(markAt(10, waiting).mark);
    expect(answer === null ? null : (answer as Error).constructor).toBe(error);
  });

  it('counts once for many that ask at the same time', async () => {
    const { mark, queue } = markAt(10, 0);
    await Promise.all(Array.from({ length: 20 }, () => mark.check()));
    expect(queue.counts).toBe(1);
  });

  it('is reached by what was enqueued since the last count', async () => {
    const { mark } = markAt(10, 4);
    await mark.check();
    mark.add(5);
    expect(await refusal(mark)).toBeNull();
    mark.add(1);
    expect(await refusal(mark)).toBeInstanceOf(TooManyWaitingError);
  });

  it('opens with the next count after the queue has drained', async () => {
    const { mark, queue } = markAt(10, 10);
    expect(await refusal(mark)).toBeInstanceOf(TooManyWaitingError);
    queue.waiting = 3;
    vi.advanceTimersByTime(1_000);
    expect(await refusal(mark)).toBeNull();
  });

  it('forgets what it added once that is counted, but not what came in while it counted', async () => {
    let finish: (waiting: number) => void = nothing;
    const mark = new HighWater(10, () => new Promise((resolve) => (finish = resolve)));
    const first = mark.check();
    finish(0);
    await first;
    mark.add(6);
    vi.advanceTimersByTime(1_000);
    await mark.check();
    mark.add(3);
    finish(6);
    await vi.waitFor(async () => expect(await refusal(mark)).toBeNull());
    mark.add(1);
    expect(await refusal(mark)).toBeInstanceOf(TooManyWaitingError);
  });

  it('says after how many whole seconds to come back', async () => {
    const error = await refusal(markAt(1, 1).mark);
    expect((error as TooManyWaitingError).retryAfterSeconds).toBe(1);
  });

  it('refuses nobody for a count that failed, and counts again', async () => {
    let works = false;
    const mark = new HighWater(10, async () => {
      if (!works) throw new Error('Connection terminated unexpectedly');
      return 0;
    });
    await expect(mark.check()).rejects.toThrow('Connection terminated');
    works = true;
    expect(await refusal(mark)).toBeNull();
  });

  it('does not end the process when a count that nobody waits for fails', async () => {
    let works = true;
    const mark = new HighWater(10, async () => {
      if (!works) throw new Error('Connection terminated unexpectedly');
      return 0;
    });
    await mark.check();
    works = false;
    vi.advanceTimersByTime(1_000);
    const unhandled = await unhandledRejectionsDuring(() => mark.check());
    expect(unhandled).toEqual([]);
  });
});

/** Node ends a process for one of these. */
async function unhandledRejectionsDuring(work: () => Promise<void>): Promise<unknown[]> {
  const others = process.listeners('unhandledRejection');
  const unhandled: unknown[] = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  try {
    await work();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  }
  return unhandled;
}
