// One round: updates are sent while things go wrong, then all faults are lifted, and all has to settle.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.mjs';
import { ALL } from './faults/catalogue.mjs';
import { writeMessages } from './messages.mjs';
import { judge } from './oracle.mjs';
import { write } from './traffic.mjs';
import { closeWorld, openWorld } from './world.mjs';

/** Nothing was settled for so long: nothing will be. Longer than any wait of Hooktide's own. */
const STALLED_MILLIS = 60_000;
const LOOK_AGAIN_MILLIS = 200;
const SHOWN = 5;

/**
 * @param {object} given see `openWorld`
 * @returns {Promise<object>} what came of it: a verdict, and what else is to be reported
 */
export async function playRound(given) {
  const { round } = given;
  const world = await openWorld(given);
  try {
    const { api, trace, fleet } = world;
    const startedAt = now();
    const isOver = () => world.isEnding;
    const writing =
      round.knows === 'all'
        ? [write({ seed: round.seed, ...world, isOver }), writeMessages({ seed: round.seed, ...world, isOver })]
        : [write({ seed: round.seed, trace, api, isOver })];
    const faults = Promise.all(round.faults.map((fault) => inflict(world, fault, startedAt)));
    // A writer that fails is not waited for in vain.
    await Promise.race([pause(round.millis), Promise.all(writing), faults.then(() => pause(round.millis))]);
    world.isEnding = true;
    await Promise.all([faults, ...writing]);
    const unsettled = await settle(world);
    await collect(world);
    const verdict = judge(trace);
    return {
      round,
      verdict,
      unsettled,
      trace,
      surprises: surprisesOf(fleet, trace),
      findings: [...world.findings, ...api.refusals.map(toFinding)],
    };
  } finally {
    world.isEnding = true;
    await closeWorld(world);
  }
}

/** Where the fault before takes longer than planned, the next one at the same place waits. */
async function inflict(world, fault, startedAt) {
  await pause(Math.max(0, startedAt + fault.at - now()));
  const before = world.faulty.get(fault.on);
  const run = async () => {
    await before;
    const lift = await ALL[fault.kind].begin(world, fault);
    await pause(lift ? fault.lasts : 0);
    await lift?.();
  };
  const whole = run();
  world.faulty.set(fault.on, whole);
  await whole;
}

/** Waits until no delivery waits; answers with what Hooktide says of those that go on waiting. */
async function settle({ webhooks, database, api, fleet }) {
  for (const member of fleet.members) await fleet.serving(member);
  for (const { name } of webhooks) await api.ask('POST', `/api/webhooks/${name}/resume`);
  let [least, since] = [Infinity, now()];
  for (;;) {
    const [{ waiting }] = await database.query('SELECT count(*)::int AS waiting FROM hooktide.delivery');
    if (waiting === 0) return { waiting, why: [] };
    if (waiting < least) [least, since] = [waiting, now()];
    if (now() - since > STALLED_MILLIS) return { waiting, why: await explain(database, api) };
    await pause(LOOK_AGAIN_MILLIS);
  }
}

async function explain(database, api) {
  const rows = await database.query(
    `SELECT d.update_id, to_jsonb(l) AS lane FROM hooktide.delivery AS d JOIN hooktide.lane AS l ON l.id = d.lane_id
     WHERE d.id IN (SELECT min(id) FROM hooktide.delivery GROUP BY lane_id) ORDER BY d.id LIMIT ${SHOWN}`,
  );
  return Promise.all(
    rows.map(async ({ update_id: id, lane }) => ({ lane, update: await api.ask('GET', `/api/updates/${id}`) })),
  );
}

/** A message's place is the path of its uri. */
const target = (webhookId) => `regexp_replace(coalesce(u.direct ->> 'uri', ${webhookId}), '^https?:.*/', '') AS target`;

/** Reads what was dropped, what still waits, and what was replayed. */
async function collect({ database, trace }) {
  trace.waiting = await database.query(
    `SELECT u.client_id AS key, ${target('w.id')} FROM hooktide.delivery AS d
     JOIN hooktide.webhook AS w USING (lane_id) JOIN hooktide.update AS u ON u.id = d.update_id`,
  );
  trace.deadLetters = await database.query(
    `SELECT u.client_id AS key, ${target('g.webhook_id')}, g.reason
     FROM hooktide.dead_letter AS g JOIN hooktide.update AS u ON u.id = g.update_id`,
  );
  const replayed = await database.query(
    `SELECT update_id || '-' || first_lane_id AS id FROM hooktide.history WHERE first_lane_id IS NOT NULL
     UNION SELECT update_id || '-' || first_lane_id FROM hooktide.dead_letter WHERE first_lane_id IS NOT NULL`,
  );
  trace.replayed = replayed.map(({ id }) => id);
}

/** Processes that ended by themselves. One that was starting may, where Postgres or the way there was not well. */
function surprisesOf({ surprises }, { events }) {
  return surprises.filter(
    ({ id, hasServed, startedAt, at }) =>
      hasServed ||
      !events.some((event) => event.process !== id && event.from <= at && (event.to ?? Infinity) >= startedAt),
  );
}

const toFinding = (what) => ({ target: 'api', subject: '', keys: [], what });
