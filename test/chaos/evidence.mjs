// What is kept of a run in which something is wrong, beside the logs of its processes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WRONG } from './report.mjs';

/** Of each kind of wrong, in each round. */
const SHOWN = 10;

/** @param {string} folder where each round has one of its own */
export function keepEvidence(folder, rounds) {
  for (const { round, verdict, unsettled, trace, surprises, findings } of rounds) {
    const write = (name, value) =>
      writeFileSync(join(folder, `round-${round.number}`, `${name}.json`), JSON.stringify(value, null, 1));
    const wrong = Object.keys(WRONG).flatMap((kind) =>
      verdict[kind].slice(0, SHOWN).map((finding) => ({ kind, ...finding, ...traceOf(finding, trace) })),
    );
    write('wrong', wrong);
    write('faults', round.faults);
    write('events', trace.events);
    write('others', { unsettled, surprises, findings });
  }
}

/** All that is known of the subject at this target. */
function traceOf({ target, subject }, trace) {
  const sent = trace.sent.filter((update) => update.subject === subject);
  const keys = new Set(sent.map(({ key }) => key));
  const bodies = new Set(sent.map(({ body }) => body));
  const arrivals = trace.arrivals.filter((arrival) => arrival.target === target && bodies.has(arrival.body));
  const ids = new Set(arrivals.map(({ updateId }) => updateId));
  return {
    sent,
    arrivals,
    failures: trace.failures.filter((failure) => failure.target === target && ids.has(failure.updateId)),
    deadLetters: trace.deadLetters.filter((letter) => letter.target === target && keys.has(letter.key)),
  };
}
