import type { Metrics } from '../telemetry/metrics.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Times what is stored; answers with what is to be told of each time, in milliseconds. */
export function timeEnqueue(metrics: Metrics): (tookMillis: number) => void {
  const help = 'How long it took to store updates or messages, of one request or of several together, in seconds.';
  const stores = metrics.histogram('hooktide_enqueue_seconds', help, SECONDS);
  return (tookMillis) => stores.observe(tookMillis / 1_000);
}
