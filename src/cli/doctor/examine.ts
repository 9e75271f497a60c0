import { existsSync } from 'node:fs';
import type { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { connectTo } from '../../database/examine/connect.js';
import { examine, type Examined } from '../../database/examine/examine.js';
import { listProcesses } from '../../queue/sql/processes.js';
import { findPlace, listPlaces, readSurvey } from '../../queue/sql/survey.js';
import { Vault } from '../../secrets/vault.js';
import { isTopic } from '../../egress/topic.js';
import { destinationsOf } from '../../webhooks/topics.js';
import { NO_SECRETS } from '../../updates/webhook-secrets.js';
import { checkConfig } from '../check-config/check.js';
import type { Wanted } from './arguments.js';
import { judgeDatabase, notReached } from './database.js';
import { judgeEgress, judgeReach, judgeReceivers } from './egress.js';
import { fail, ok, warn, type Finding } from './finding.js';
import { judgeKeys, keyringOf } from './keys.js';
import { connectionsOf, judgeConnections, judgeProcesses, judgeQueue, judgeWebhooks } from './queue.js';
import { examineSnsOf } from './sns.js';

const MOST_PROCESSES = 1_000;
const MOST_PLACES = 1_000;
const QUERY_CONNECTIONS = 1;

/** All findings, in the order in which one looks for what is wrong. */
export async function findAll(env: NodeJS.ProcessEnv, wanted: Wanted): Promise<Finding[]> {
  const { loaded, problems } = checkConfig(env);
  const findings = problems.map((problem) => fail('config', problem, '"hooktide check-config" says more.'));
  if (loaded === null) return findings;
  const { config, file, warnings } = loaded;
  findings.push(...warnings.map((warning) => warn('config', warning, 'Write it as config/default.yaml does.')));
  if (findings.length === 0)
    findings.push(ok('config', `${file ?? 'config/default.yaml and the environment'} is good`));
  if (problems.length > 0) return findings;
  const topics =
    config.webhookQueue.queueType === 'SNS' ? Object.values(destinationsOf(config.webhookQueue.snsTopics)) : [];
  const inDatabase = await findInDatabase(config, wanted);
  findings.push(...inDatabase.findings, ...(await findReplica(config)), ...(await judgeEgress(config)));
  for (const uri of wanted.uris) findings.push(await judgeReach(config, 'the uri', { uri }));
  findings.push(...(await examineSnsOf(config, [...new Set([...topics, ...inDatabase.topics])])));
  return findings;
}

interface InDatabase {
  findings: Finding[];
  /** Those that webhooks lead to. */
  topics: string[];
}

async function findInDatabase(config: Config, wanted: Wanted): Promise<InDatabase> {
  const without = wanted.webhookIds.map((id) =>
    fail('reach', `${id}: the database is not at hand`, 'Mend that first.'),
  );
  const url = await urlOf(config);
  if (url === null) {
    const what = existsSync(config.database.dataDir) ? 'does not run' : 'is not made yet';
    const says = `The embedded Postgres in ${config.database.dataDir} ${what}: a start of Hooktide starts it`;
    return { findings: [ok('database', says), ...without], topics: [] };
  }
  try {
    const examined = await examine(url);
    if (!examined.ok) return { findings: [notReached(examined), ...without], topics: [] };
    const findings = judgeDatabase(examined, config.database.migrateAtStart || config.database.url === null);
    if (!isReadable(examined)) return { findings: [...findings, ...without], topics: [] };
    const inQueue = await findInQueue(url, config, examined, wanted);
    return { findings: [...findings, ...inQueue.findings], topics: inQueue.topics };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    // Postgres' own errors, and those of the way there, have a code; what has none is a bug.
    if (code === undefined && !/^(Connection terminated|Query read timeout|timeout)/.test(message)) throw error;
    const broken = fail('database', `It broke off in the middle: ${message}`, 'Look at the log of the server.');
    return { findings: [broken, ...without], topics: [] };
  }
}

/** Where look-ups go. */
async function findReplica({ database: { replicaUrl } }: Config): Promise<Finding[]> {
  if (replicaUrl === null) return [];
  const connected = await connectTo(replicaUrl.reveal());
  if (!connected.ok) return [notReached(connected, 'replica')];
  await connected.client.end();
  return [ok('replica', `${connected.place} is reached`)];
}

/** The embedded one is asked while a Hooktide has it running; it isn't started for this. */
async function urlOf({ database: { url, dataDir } }: Config): Promise<string | null> {
  if (url !== null) return url.reveal();
  return (await import('../../database/embedded/running.js')).findRunning(dataDir);
}

const isReadable = ({ rights, schema }: Examined): boolean =>
  rights.hasSchema && rights.mayUseSchema && rights.lacking.length === 0 && schema?.missing.length === 0;

async function findInQueue(url: string, config: Config, examined: Examined, wanted: Wanted): Promise<InDatabase> {
  const database = new Database(url, QUERY_CONNECTIONS, () => undefined);
  try {
    const survey = await readSurvey(database);
    const processes = await listProcesses(database, '', MOST_PROCESSES);
    const alive = processes.filter(({ isAlive }) => isAlive).length;
    const keyring = await keyringOf(config, database);
    const places = await listPlaces(database, MOST_PLACES);
    const findings = [
      judgeConnections(alive, connectionsOf(examined.server, config.database.maxConnections)),
      judgeProcesses(processes, survey),
      judgeQueue(survey, config.checkWebhooksEveryMillis),
      judgeWebhooks(survey),
      await judgeKeys(config, database, keyring),
      await judgeReceivers(config, places),
    ];
    const topics = places.map(({ uri }) => uri).filter(isTopic);
    for (const id of wanted.webhookIds) {
      const place = await findPlace(database, id);
      if (place === null) {
        findings.push(fail('reach', `There is no webhook with the id ${id}`, 'GET /api/webhooks lists them.'));
      } else if (isTopic(place.uri)) {
        topics.push(place.uri);
      } else {
        const sealed = { sealed: place.sealed, headers: null };
        const { tls } = keyring === null ? NO_SECRETS : new Vault(keyring, () => true).openSecrets(sealed);
        findings.push(await judgeReach(config, id, { uri: place.uri, onlyTo: place.onlyTo, tls }));
      }
    }
    return { findings, topics };
  } finally {
    await database.close();
  }
}
