import { VERSION } from '../config/version.js';
import type { Config } from '../config/config.js';
import { EgressClient } from '../egress/client.js';
import { compileEgress } from '../egress/compile.js';
import type { SigningKeyPair } from '../signing/asymmetric.js';
import { HttpSink } from './http/http.sink.js';
import { Sinks, type ClosableSink } from './sinks.js';
import type { SnsMetrics } from './sns/metrics.js';
import type { SnsOptions } from './sns/options.js';

/** All ways out, as the config has them. */
export function openSinks(config: Config, keyPairs: readonly SigningKeyPair[], metrics: SnsMetrics): ClosableSink {
  const { http } = config;
  const egress = new EgressClient({
    egress: compileEgress(config.egress),
    connectTimeoutMillis: http.connectTimeoutMillis,
    deadlineMillis: http.totalTimeoutMillis,
    maxResponseHeaderBytes: http.maxResponseHeaderBytes,
    maxResponseBytes: http.maxResponseBytes,
  });
  return new Sinks(
    new HttpSink(egress, { version: VERSION, deadlineMillis: http.totalTimeoutMillis, keyPairs }),
    async () => {
      const { SnsSink } = await import('./sns/sns.sink.js');
      return new SnsSink(snsOptionsOf(config), metrics);
    },
  );
}

export function snsOptionsOf({ webhookQueue, maxConcurrentWebhooks }: Config): SnsOptions {
  return {
    region: webhookQueue.awsRegion,
    keys: webhookQueue.awsKeys,
    endpoint: webhookQueue.awsEndpoint,
    createTopics: webhookQueue.createTopics,
    connectTimeoutMillis: webhookQueue.snsConnectTimeout,
    requestTimeoutMillis: webhookQueue.snsRequestTimeout,
    socketTimeoutMillis: webhookQueue.snsSocketTimeout,
    totalTimeoutMillis: webhookQueue.snsTotalTimeout,
    maxConnections: maxConcurrentWebhooks,
  };
}
