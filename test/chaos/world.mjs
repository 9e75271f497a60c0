// All that is there in a round: Postgres, the way to it, processes, receivers, and the trace of what they do.
import { now } from './clock.mjs';
import { Api } from './api.mjs';
import { Fleet } from './fleet.mjs';
import { Proxy } from './proxy.mjs';
import { Receiver } from './receiver.mjs';
import { Sns, TOPICS } from './sns.mjs';
import { PLACES, PLAIN_WEBHOOKS, registration, targetOf, WEBHOOKS } from './webhooks.mjs';

/** Where `moving` is sent to when it isn't sent to its own receiver. */
export const ELSEWHERE = 'elsewhere';

/**
 * @param {object} given
 * @param {import('./schedule.mjs').Round} given.round
 * @param {import('./postgres.mjs').Postgres} given.postgres
 * @param {string} given.folder for logs
 * @param {string} given.build the folder whose dist/ is run
 * @param {string} given.firstBuild the one that makes the tables and serves first
 */
export async function openWorld({ round, postgres, folder, build, firstBuild }) {
  const trace = {
    sent: [],
    targets: [],
    arrivals: [],
    events: [],
    failures: [],
    deadLetters: [],
    waiting: [],
    replayed: [],
    processes: new Map(),
    places: new Map(),
  };
  const webhooks = round.knows === 'all' ? WEBHOOKS : PLAIN_WEBHOOKS;
  const receivers = new Map();
  for (const { name, receiver } of webhooks) receivers.set(name, new Receiver(trace, receiver));
  for (const name of [ELSEWHERE, ...PLACES]) receivers.set(name, new Receiver(trace));
  await Promise.all([...receivers.values()].map((receiver) => receiver.listen()));
  for (const name of PLACES) trace.places.set(`message:${new URL(receivers.get(name).uri(name)).origin}`, name);
  const sns = round.knows === 'all' ? new Sns(trace) : null;
  await sns?.listen();

  const database = await postgres.createDatabase();
  const proxy = new Proxy();
  const databaseUrl = database.urlAt(await proxy.listen(database.url));
  const fleet = new Fleet({ folder, databaseUrl, settings: sns?.settings ?? {}, trace });
  const api = new Api(() => fleet.apis);
  const world = {
    round,
    trace,
    webhooks,
    receivers,
    sns,
    postgres,
    database,
    proxy,
    fleet,
    api,
    build,
    folder,
    findings: [],
    faulty: new Map(),
  };

  await populate(world, firstBuild).catch(async (error) => {
    await closeWorld(world);
    throw error;
  });
  return world;
}

async function populate(world, firstBuild) {
  const { trace, webhooks, sns, database, fleet } = world;
  const members = ['api-1', 'api-2', 'dispatch-1', 'dispatch-2'];
  await Promise.all(members.map((name) => fleet.add(name, [name.split('-')[0]], firstBuild)));
  await database.shadow();
  for (const webhook of webhooks) {
    trace.targets.push(targetOf(webhook));
    await register(world, webhook.name);
  }
  if (sns) {
    const life = { from: now(), to: null };
    for (const type of Object.keys(TOPICS))
      trace.targets.push({ ...targetOf({ name: `sns:${type}`, type }), lives: [life] });
    for (const name of PLACES) {
      trace.targets.push({
        ...targetOf({ name, type: 'MESSAGE', requestIds: [name], options: { order: 'none' } }),
        lives: [life],
      });
    }
  }
}

/** Registers it, for the first time or again: a new life begins. */
export async function register({ api, trace, webhooks, receivers }, name) {
  const webhook = webhooks.find((one) => one.name === name);
  await api.ask('POST', '/api/webhooks', registration(webhook, receivers.get(name).uri(name)));
  trace.targets.find((target) => target.name === name).lives.push({ from: now(), to: null });
}

export async function closeWorld({ fleet, api, proxy, receivers, sns }) {
  await fleet.end();
  await api.close();
  await proxy.close();
  await Promise.all([...receivers.values()].map((receiver) => receiver.close()));
  await sns?.end();
}
