import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MILLIS = 10;

/** Resolves with what `look` finds, as soon as that is neither false nor undefined. */
export async function until<T>(
  look: () => T | Promise<T>,
  withinMillis = 20_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + withinMillis;
  for (;;) {
    const found = await look();
    if (found !== false && found !== undefined) return found as Exclude<T, false | undefined>;
    if (performance.now() > deadline)
      throw new Error(`It did not come true within ${withinMillis} ms: ${String(look)}`);
    await pause(LOOK_EVERY_MILLIS);
  }
}
