import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MILLIS = 20;

/** Resolves with what `look` answers, once that is something; rejects with `complaint` after `millis`. */
export async function until(look, millis, complaint) {
  const deadline = performance.now() + millis;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${complaint} after ${Math.round(millis / 1_000)} s.`);
    await pause(LOOK_AGAIN_MILLIS);
  }
}
