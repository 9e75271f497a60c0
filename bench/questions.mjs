// All questions, in the order in which they are asked: how each is measured, and what is written of it.
import { describeApis, measureApis } from './apis.mjs';
import { describeDispatchers, measureDispatchers } from './dispatchers.mjs';
import { describeGrowth, measureGrowth } from './growth.mjs';
import { describeIngest, measureIngest } from './ingest.mjs';
import { describeIsolation, measureIsolation } from './isolation.mjs';
import { describeLatency, measureLatency } from './latency.mjs';
import { describeMessages, measureMessages } from './messages.mjs';
import { describeSnapshot, measureSnapshot } from './snapshot.mjs';
import { describeSns, measureSns } from './sns.mjs';
import { describeSpread, measureSpread } from './spread.mjs';
import { describeThroughput } from './throughput-table.mjs';
import { measureThroughput } from './throughput.mjs';

export const QUESTIONS = {
  throughput: { heading: 'Deliveries', measure: measureThroughput, describe: describeThroughput },
  ingest: { heading: 'Ingest', measure: measureIngest, describe: describeIngest },
  latency: { heading: 'Latency', measure: measureLatency, describe: describeLatency },
  growth: { heading: 'Growth', measure: measureGrowth, describe: describeGrowth },
  isolation: { heading: 'Isolation', measure: measureIsolation, describe: describeIsolation },
  snapshot: { heading: 'A snapshot held, and churn', measure: measureSnapshot, describe: describeSnapshot },
  dispatchers: { heading: 'More processes', measure: measureDispatchers, describe: describeDispatchers },
  apis: { heading: 'More processes that take in', measure: measureApis, describe: describeApis },
  spread: { heading: 'How lanes spread', measure: measureSpread, describe: describeSpread },
  sns: { heading: 'SNS', measure: measureSns, describe: describeSns },
  messages: { heading: 'Direct messages', measure: measureMessages, describe: describeMessages },
};

/** What docs/scaling.md tells of, too. */
export const SCALING = ['dispatchers', 'apis', 'spread'];
