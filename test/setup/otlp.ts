import { answers, startReceiver, type Handler, type Received } from './receivers.js';
import { until } from './until.js';

/** A span as a collector gets it. */
export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  /** 2 = server, 3 = client, 4 = producer. */
  kind: number;
  attributes: Record<string, string | number>;
  /** `code` 2 = error; missing: neither good nor bad. */
  status: { code?: number; message?: string };
  resource: Record<string, string | number>;
}

/** A collector of OpenTelemetry: OTLP by HTTP, in JSON. */
export interface Collector {
  /** For `TRACING_ENDPOINT`. */
  url: string;
  requests: Received[];
  spans(): CollectedSpan[];
  /** Resolves with the spans of that name when so many have arrived, in the order in which they ended. */
  waitFor(name: string, count: number): Promise<CollectedSpan[]>;
}

/** Closed by `closeReceivers`. */
export async function startCollector(handler: Handler = answers(200, {}, '{}')): Promise<Collector> {
  const { url, requests } = await startReceiver(handler);
  const spans = () => requests.flatMap(({ body }) => spansIn(body));
  const waitFor = (name: string, count: number) =>
    until(() => {
      const found = spans().filter((span) => span.name === name);
      return found.length >= count && found;
    });
  return { url, requests, spans, waitFor };
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number };
}
interface Exported {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Omit<CollectedSpan, 'attributes' | 'resource'> & { attributes: Attribute[] })[] }[];
  }[];
}

function spansIn(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as Exported;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: toRecord(span.attributes),
        resource: toRecord(resource.attributes),
      })),
    ),
  );
}

function toRecord(attributes: Attribute[]): Record<string, string | number> {
  const values = attributes.map(({ key, value }) => [
    key,
    value.stringValue ?? value.doubleValue ?? Number(value.intValue),
  ]);
  return Object.fromEntries(values) as Record<string, string | number>;
}
