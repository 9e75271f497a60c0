import { loadConfig } from './config/load.js';
import { HooktideError } from './errors/errors.js';
import { startService } from './service.js';
import { createLog } from './telemetry/log.js';

/** Bad config ends with this code, so that a supervisor needn't try again. */
const EXIT_MISUSE = 2;

async function main(): Promise<void> {
  const loaded = loadConfig();
  const log = createLog(loaded.config.log);
  // A signal that comes while it starts counts as soon as it has: what was started is stopped.
  const starting = startService(loaded, log);
  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stopping ??= starting
      .then((service) => service.stop())
      .then(() => log.info('service.stopped', { signal }))
      .then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  await starting;
}

main().catch((error: unknown) => {
  const isMisuse = error instanceof HooktideError;
  console.error(isMisuse ? `Hooktide can't start. ${error.message}` : error);
  process.exit(isMisuse ? EXIT_MISUSE : 1);
});
