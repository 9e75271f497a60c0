import { ExportResultCode } from '@opentelemetry/core';
import { BasicTracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { expect, it } from 'vitest';
import { SpanOutlet } from './tracing-outlet.js';

type Done = Parameters<SpanExporter['export']>[1];

/** Spans that end, and a collector that takes them when the test says so. */
function outlet() {
  const said: Record<string, unknown>[] = [];
  const batches: { spans: ReadableSpan[]; done: Done }[] = [];
  const exporter = {
    export: (spans: ReadableSpan[], done: Done) => void batches.push({ spans, done }),
    shutdown: async () => undefined,
  };
  const log = { warn: (event: string, data: object = {}) => void said.push({ event, ...data }) };
  const provider = new BasicTracerProvider({ spanProcessors: [new SpanOutlet(exporter, log)] });
  const tracer = provider.getTracer('test');
  const end = (count: number) => {
    for (let n = 0; n < count; n += 1) tracer.startSpan('attempt').end();
  };
  const takeAll = async () => {
    const stopping = provider.shutdown();
    for (let taken = 0; taken < 40; taken += 1) {
      for (const { done } of batches) done({ code: ExportResultCode.SUCCESS });
      await new Promise(setImmediate);
    }
    await stopping;
  };
  return { said, batches, end, takeAll };
}

const countIn = (batches: { spans: ReadableSpan[] }[]) => batches.reduce((sum, { spans }) => sum + spans.length, 0);

it('keeps 4 096 spans for a collector that takes none, beside the batch that is on its way', async () => {
  const { said, batches, end, takeAll } = outlet();
  end(512 + 4_096);
  expect(said).toEqual([]);
  expect(countIn(batches)).toBe(512);
  await takeAll();
  expect(countIn(batches)).toBe(512 + 4_096);
});

it('loses what is more, and says so at once, and of the rest at the end', async () => {
  const { said, batches, end, takeAll } = outlet();
  end(512 + 4_096 + 1_000);
  const reason = 'more than 4096 spans wait for the collector';
  expect(said).toEqual([{ event: 'tracing.lost', spans: 1, reason }]);
  await takeAll();
  expect(countIn(batches)).toBe(512 + 4_096);
  expect(said.slice(1)).toEqual([{ event: 'tracing.lost', spans: 999, reason }]);
});

it.each([
  [new Error('connect ECONNREFUSED 127.0.0.1:4318'), 'connect ECONNREFUSED 127.0.0.1:4318'],
  [Object.assign(new Error('Unauthorized'), { code: 401 }), 'the collector answered 401'],
  [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [undefined, 'nobody knows why'],
])('says why a batch is lost: %s', async (error, reason) => {
  const { said, batches, end, takeAll } = outlet();
  end(512);
  batches[0]?.done({ code: ExportResultCode.FAILED, error });
  expect(said).toEqual([{ event: 'tracing.lost', spans: 512, reason }]);
  await takeAll();
});
