import { afterAll, afterEach } from 'vitest';
import { takeLeaks } from './canary.js';

/** Runs in each file of tests: no secret of a test stands in what anybody but its receiver may see. */
function nothingLeaked(): void {
  const leaks = takeLeaks();
  if (leaks.length > 0) throw new Error(`Secrets leaked:\n${leaks.join('\n')}`);
}

afterEach(nothingLeaked);
// What was logged while everything was stopped.
afterAll(nothingLeaked);
