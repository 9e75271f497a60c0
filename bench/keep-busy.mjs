// A client that always has so many deliveries wait: what arrives at the receiver, it replaces.
import { setTimeout as pause } from 'node:timers/promises';
import { postUpdates } from './hooktide.mjs';
import { nextUpdates } from './updates.mjs';

const POSTERS = 4;
const LOOK_AGAIN_MILLIS = 5;

/**
 * Posts arrays of updates for as long as fewer than `ahead` wait. Returns how few did, once there had been enough.
 * @param load `{ahead, webhooks, updates, waiting}`: updates an array, and how many wait at the start
 */
export async function keepBusy(url, receiver, signal, { ahead, webhooks, updates, waiting = 0 }) {
  let owed = waiting;
  let accepted = waiting;
  let fewest = Infinity;
  const { count: before } = await receiver.count();
  const post = async () => {
    while (!signal.aborted) {
      const count = (await receiver.count()).count - before;
      if (accepted >= ahead) fewest = Math.min(fewest, accepted - count);
      if (owed - count >= ahead) {
        await pause(LOOK_AGAIN_MILLIS);
        continue;
      }
      owed += updates * webhooks;
      await postUpdates(url, nextUpdates(updates));
      accepted += updates * webhooks;
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, post));
  return Math.max(0, fewest);
}

/** Keeps it busy while `measuring` lasts. Returns what that returns, and how few waited. */
export async function whileBusy(url, receiver, load, measuring) {
  const done = new AbortController();
  const [measured, fewest] = await Promise.all([
    measuring().finally(() => done.abort()),
    keepBusy(url, receiver, done.signal, load),
  ]);
  return { ...measured, fewest };
}
