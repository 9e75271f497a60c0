import type { TracingConfig } from '../config/config.js';
import type { Log } from './log.js';
import type { TracedProcess, Tracing } from './tracing.js';

/** Null where the config names no endpoint: then nothing of OpenTelemetry is loaded. */
export async function openTracing(config: TracingConfig, self: TracedProcess, log: Log): Promise<Tracing | null> {
  const { endpoint, headers, samplePercent } = config;
  if (endpoint === null) return null;
  const { OpenTelemetry } = await import('./tracing-spans.js');
  return new OpenTelemetry({ endpoint, headers: headers?.reveal() ?? null, samplePercent }, self, log);
}
