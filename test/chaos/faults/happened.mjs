import { now } from '../clock.mjs';

/**
 * Notes that something is going on that may explain a duplicate; answers with what ends it.
 * @param {string | null} process that it concerns alone
 */
export function happened({ trace }, kind, process = null) {
  const event = { kind, process, target: null, from: now(), to: null };
  trace.events.push(event);
  return () => void (event.to = now());
}
