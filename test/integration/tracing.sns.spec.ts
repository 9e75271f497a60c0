import { afterEach, expect, it } from 'vitest';
import { call, type Hooktide } from '../setup/hooktide.js';
import { startCollector } from '../setup/otlp.js';
import { closeReceivers } from '../setup/receivers.js';
import { closeSns, startSns } from '../setup/sns.js';
import { subscribe } from '../setup/sns-client.js';
import { startInSnsMode } from '../setup/sns-mode.js';
import { requestUpdate } from '../setup/updates.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
const tracestate = 'congo=t61rcWkgMzE';
const TOPIC = 'singularity-request-updates';

let hooktide: Hooktide;
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  await closeSns();
});

it('a message to a topic bears the trace of its update as attributes, as it came', async () => {
  const sns = await startSns();
  const { receive } = await subscribe(sns, TOPIC);
  hooktide = await startInSnsMode(sns);
  await call(hooktide.url, 'POST', '/api/updates', requestUpdate('web'), { traceparent, tracestate });
  const [message] = await receive(1);
  expect(message?.attributes).toMatchObject({ traceparent, tracestate, requestId: 'web' });
});

it('a message to a topic bears the span of its attempt, which tells of the topic', async () => {
  const [sns, collector] = [await startSns(), await startCollector()];
  const { receive } = await subscribe(sns, TOPIC);
  hooktide = await startInSnsMode(sns, { env: { TRACING_ENDPOINT: collector.url } });
  await call(hooktide.url, 'POST', '/api/updates', requestUpdate('web'), { traceparent });
  const [message] = await receive(1);
  const [attempt] = await collector.waitFor('attempt', 1);
  expect(message?.attributes).toMatchObject({ traceparent: `00-${TRACE}-${attempt?.spanId}-01` });
  expect(attempt).toMatchObject({
    kind: 4,
    attributes: {
      'messaging.system': 'aws_sns',
      'messaging.destination.name': TOPIC,
      'hooktide.webhook': 'sns:REQUEST',
      'hooktide.reason': 'delivered',
    },
  });
});
