import type { Queue } from '../queue/queue.js';
import type { Retention } from '../queue/sql/retention.js';
import type { Wake } from '../queue/wake.js';
import type { Sink } from '../sinks/sink.js';
import type { Log } from '../telemetry/log.js';
import { Dispatcher, type DispatcherLimits } from './dispatcher.js';
import { DispatchEvents } from './events.js';
import { Poller } from './poller.js';
import { Reaper } from './reaper.js';

/** What dispatching needs from outside. */
export interface DispatchParts {
  queue: Queue;
  wake: Wake;
  sink: Sink;
  log: Log;
  limits: DispatcherLimits;
  retention: Retention;
}

/** Starts to dispatch; to be stopped with `stop`. */
export function startDispatch({ queue, wake, sink, log, limits, retention }: DispatchParts): Poller {
  const events = new DispatchEvents(log);
  const tellOthers = (lanes: number[]): void => wake.tell('nudge', lanes);
  const dispatcher = new Dispatcher(queue, sink, limits, events, tellOthers);
  const reaper = new Reaper(queue, retention, limits.deleteUndeliverableWebhooksAfterHours, events);
  const poller = new Poller(queue, wake, dispatcher, reaper, events);
  poller.start();
  return poller;
}
