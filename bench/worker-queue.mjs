// graphile-worker, which says nothing.
import { Logger, makeWorkerUtils } from 'graphile-worker';

/** A job is one delivery; a batch job many, which fail and are tried again one by one. */
export const TASK = 'deliver';
export const BATCH_TASK = 'deliver_batch';

export const logger = new Logger(() => () => undefined);

/** Brings an empty database to its schema. */
export async function prepareWorker(connectionString) {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  await utils.release();
}
