import type { Counter } from '../telemetry/metrics-series.js';
import type { Metrics } from '../telemetry/metrics.js';
import { QUEUED_TYPES, type QueuedType } from '../updates/update.js';

/** How what waits came in: `hooktide` is what Hooktide tells of webhooks' health. By SQL nobody here is told. */
export const ARRIVED_BY = ['api', 'cloudevents', 'hook_slinger', 'hooktide'] as const;
export type ArrivedBy = (typeof ARRIVED_BY)[number];

/** Counts what came in and is stored. */
export class Arrivals {
  private readonly updates: Counter;

  constructor(metrics: Metrics) {
    this.updates = metrics.counter(
      'hooktide_updates_total',
      'Updates and direct messages that were accepted, those that were accepted before under the same id as well.',
      { type: QUEUED_TYPES, source: ARRIVED_BY },
    );
  }

  accepted(types: readonly { readonly type: QueuedType }[], by: ArrivedBy): void {
    for (const { type } of types) this.updates.add(1, type, by);
  }
}
