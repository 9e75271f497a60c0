import type { Database } from '../database/database.js';
import type { Queue } from '../queue/queue.js';
import type { Retention } from '../queue/sql/retention.js';
import type { Wake } from '../queue/wake.js';
import type { Sink } from '../sinks/sink.js';
import type { Arrivals } from '../sources/arrivals.js';
import type { DatabaseFailures } from '../telemetry/database-failures.js';
import type { Log } from '../telemetry/log.js';
import type { Tracing } from '../telemetry/tracing.js';
import { Dispatcher, type DispatcherLimits } from './dispatcher.js';
import { DispatchEvents } from './events.js';
import type { DispatchMetrics } from './metrics.js';
import { Notices, type NoticeLimits } from './notices.js';
import { Poller } from './poller.js';
import { Reaper } from './reaper.js';

/** What dispatching needs from outside. */
export interface DispatchParts {
  database: Database;
  queue: Queue;
  wake: Wake;
  sink: Sink;
  log: Log;
  /** Null: attempts have no spans. */
  tracing: Tracing | null;
  metrics: { dispatch: DispatchMetrics; failures: DatabaseFailures; arrivals: Arrivals };
  limits: DispatcherLimits & NoticeLimits;
  retention: Retention;
}

/** Starts to dispatch; to be stopped with `stop`. */
export function startDispatch(parts: DispatchParts): Poller {
  const { database, queue, wake, sink, log, tracing, metrics, limits, retention } = parts;
  const events = new DispatchEvents(log, metrics.dispatch, metrics.failures, tracing);
  const tellOthers = (lanes: number[]): void => wake.tell('nudge', lanes);
  const dispatcher = new Dispatcher(queue, sink, limits, events, tellOthers);
  metrics.dispatch.follow(() => dispatcher.intake.held);
  const notices = new Notices(database, wake, limits, events, metrics.arrivals);
  const reaper = new Reaper(queue, retention, limits.deleteUndeliverableWebhooksAfterHours, notices, events);
  const poller = new Poller(queue, wake, dispatcher, reaper, events);
  poller.start();
  return poller;
}
