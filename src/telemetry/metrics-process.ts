import { collectDefaultMetrics, type MetricObject, Registry } from 'prom-client';

/** Gauges whose names end as only those of counters may: the lint of Prometheus takes them for errors. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

let known: MetricObject[] | undefined;

/**
 * Memory, CPU, garbage collection and event loop, as prom-client has them. They tell of the process, whichever service in
 * it is asked, and prom-client has no way to end the measuring: so it begins once, when somebody first asks.
 */
export function metricsOfProcess(): readonly MetricObject[] {
  if (known) return known;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  known = registry.getMetricsAsArray();
  return known;
}
