import { setTimeout as pause } from 'node:timers/promises';
import { give } from './account.js';
import type { Binaries } from './binaries.js';
import { createCluster, isCreated } from './cluster.js';
import { chooseHome } from './home.js';
import { findPostmaster, type Postmaster, startPostmaster } from './postmaster.js';
import { ServerLog } from './server-log.js';
import type { Settings } from './settings.js';

export interface Launch {
  readonly binaries: Binaries;
  /** The data directory, or the link to where it was moved. */
  readonly cluster: string;
  readonly password: string;
  readonly settings?: Settings;
  readonly log: (event: string, data: object) => void;
}

const ATTEMPTS = 20;
const PAUSE_MILLIS = 250;
/** Somebody took the port, or another Postgres on the same data was just starting, or its backends are just ending. */
const TRANSIENT = /could not (bind|create any TCP)|lock file "postmaster.pid"|pre-existing shared memory/;

/** Adopts the Postgres that runs on the data, or starts one, making the data first if there is none. */
export async function launch({ binaries, cluster, password, settings = {}, log }: Launch): Promise<Postmaster> {
  const running = await findPostmaster(cluster);
  if (running) {
    log('postgres.adopted', running);
    return running;
  }
  const begun = performance.now();
  const home = await chooseHome(cluster, binaries);
  if (!(await isCreated(home.cluster))) {
    await createCluster(home, password, settings['fsync'] !== 'off');
    log('postgres.created', { cluster: home.cluster });
  }
  await give(home.account, home.cluster);
  const serverLog = new ServerLog(`${cluster}.log`);
  for (let attempt = 1; ; attempt++) {
    try {
      const started = (await findPostmaster(home.cluster)) ?? (await startPostmaster(home, settings, serverLog));
      const tookMillis = Math.round(performance.now() - begun);
      log('postgres.started', { ...started, cluster: home.cluster, account: home.account.name, tookMillis });
      return started;
    } catch (error) {
      if (attempt === ATTEMPTS || !TRANSIENT.test(String(error))) throw error;
      await pause(PAUSE_MILLIS);
    }
  }
}
