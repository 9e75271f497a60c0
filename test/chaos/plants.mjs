// Bugs to plant in a copy of a build, to see that the oracle finds them. Each replaces text in compiled files.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyBuild } from './builds.mjs';

const DISPATCHER = 'dispatch/dispatcher.js';
const DELIVERED = `{ reason: 'delivered', status: 200, detail: '', durationMillis: 0 }`;

/** @type {Record<string, { about: string, changes: [file: string, from: string, to: string, times?: number][] }>} */
export const PLANTS = {
  'settle-before-send': {
    about: 'a delivery is written down as delivered before it is sent',
    changes: [
      [
        DISPATCHER,
        'void this.attempt(flight, departure);',
        `this.land(flight, departure, ${DELIVERED}); void this.sink.send(toMessage(flight.target, departure.delivery), flight.cut);`,
      ],
    ],
  },
  'no-fence': {
    about: 'a process that was stopped goes on as if its lease had not run out',
    changes: [
      [DISPATCHER, 'if (startedAt >= lane.heldUntil)', 'if (false)'],
      [
        'queue/sql/lease.js',
        'ON l.id = t.id AND l.fence = t.fence AND l.leased_by = $5',
        "ON l.id = t.id AND $5::text <> ''",
      ],
      [
        'queue/sql/settle.js',
        '(l.id, l.fence) IN (SELECT lane_id, fence FROM result)',
        'l.id IN (SELECT lane_id FROM result)',
      ],
      ['queue/sql/settle.js', 'h.id = r.lane_id AND h.fence = r.fence', 'h.id = r.lane_id', 2],
    ],
  },
  'ignore-order': {
    about: 'deliveries about one subject leave side by side',
    changes: [['dispatch/lane.js', 'this.isOrdered ? delivery.subject : String(delivery.id)', 'String(delivery.id)']],
  },
  'wrong-lane': {
    about: 'a delivery goes to the uri of another webhook',
    changes: [['sinks/http/http.sink.js', 'this.destinations.get(uri)', '[...this.destinations.values()].at(-1)']],
  },
  'printed-anew': {
    about: 'a payload is parsed and printed again',
    changes: [['formats/singularity.js', 'body: update.payload', 'body: JSON.stringify(JSON.parse(update.payload))']],
  },
  'forget-failed': {
    about: 'a delivery whose attempt failed is settled like one that succeeded',
    changes: [['dispatch/settler.js', `filter((a) => a.verdict.delivery === 'delivered')`, 'filter(() => true)']],
  },
};

/** A copy of a build with the bug in it. @throws when a text to replace isn't there, or more than once */
export function plant(name, build, folder) {
  const found = PLANTS[name];
  if (!found) throw new Error(`There is no plant "${name}". There are: ${Object.keys(PLANTS).join(', ')}`);
  copyBuild(build, folder);
  for (const [file, from, to, times = 1] of found.changes) {
    const path = join(folder, 'dist/src', file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== times + 1)
      throw new Error(`${name} can't be planted: ${file} has "${from}" ${parts.length - 1} times.`);
    writeFileSync(path, parts.join(to));
  }
  return folder;
}
