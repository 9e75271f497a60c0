import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as api, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import { readHeaders } from '../config/tracing-values.js';
import type { Outcome } from '../updates/outcome.js';
import type { TraceContext } from '../updates/trace-context.js';
import type { Log } from './log.js';
import { attributesOf, isTopic } from './tracing-attributes.js';
import { TraceIds } from './tracing-ids.js';
import { EXPORT_MILLIS, SpanOutlet } from './tracing-outlet.js';
import type { AttemptFacts, AttemptSpan, RequestSpan, TracedProcess, Tracing } from './tracing.js';

export interface OpenTelemetryOptions {
  endpoint: string;
  headers: string | null;
  samplePercent: number;
}

/** Ids and words may be long. */
const MOST_CHARACTERS = 1_024;
/** What isn't sent by then stays unsent, however long the shutdown may take. */
const MOST_CLOSE_MILLIS = 5_000;

/**
 * Spans of OpenTelemetry, sent by OTLP over HTTP. Nothing of it is registered for the whole process: a provider of its own
 * makes them, and their parents are handed on with requests and updates.
 */
export class OpenTelemetry implements Tracing {
  private readonly ids = new TraceIds();
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;

  constructor(
    { endpoint, headers, samplePercent }: OpenTelemetryOptions,
    { version, host, id }: TracedProcess,
    log: Log,
  ) {
    const exporter = new OTLPTraceExporter({
      url: urlOf(endpoint),
      headers: (headers === null ? null : readHeaders(headers)) ?? {},
      timeoutMillis: EXPORT_MILLIS,
    });
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'hooktide',
        'service.version': version,
        'service.instance.id': id,
        'host.name': host,
      }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplePercent / 100) }),
      idGenerator: this.ids,
      generalLimits: { attributeValueLengthLimit: MOST_CHARACTERS },
      spanProcessors: [new SpanOutlet(exporter, log)],
    });
    this.tracer = this.provider.getTracer('hooktide', version);
  }

  begin(incoming: TraceContext | undefined): RequestSpan {
    const attributes = { 'http.request.method': 'POST', 'http.route': '/api/updates', 'url.path': '/api/updates' };
    const span = this.tracer.startSpan('ingest', { kind: SpanKind.SERVER, attributes }, contextOf(incoming));
    // One that isn't recorded would be a parent that nobody ever finds; but where there is none, it keeps attempts from being
    // recorded on their own.
    const trace = span.isRecording() || !incoming ? traceOf(span, incoming) : incoming;
    return { trace, end: (status) => endRequest(span, status) };
  }

  attempt(facts: AttemptFacts): AttemptSpan | undefined {
    if (!facts.trace) this.ids.ofNextRoot(facts.updateId);
    const kind = isTopic(facts.destination) ? SpanKind.PRODUCER : SpanKind.CLIENT;
    const span = this.tracer.startSpan('attempt', { kind }, contextOf(facts.trace));
    if (!span.isRecording()) return undefined;
    span.setAttributes(attributesOf(facts));
    return { trace: traceOf(span, facts.trace), end: (outcome) => endAttempt(span, outcome) };
  }

  async close(withinMillis: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(
      (resolve) => (timer = setTimeout(resolve, Math.min(withinMillis, MOST_CLOSE_MILLIS))),
    );
    // What fails here has been said already.
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]).finally(() => clearTimeout(timer));
  }
}

/** As OTEL_EXPORTER_OTLP_ENDPOINT is read; who writes all of it means the same. */
function urlOf(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '');
  return base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
}

function contextOf(trace: TraceContext | undefined): Context {
  if (!trace) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = ''] = trace.traceParent.split('-');
  return api.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    traceState: trace.traceState === undefined ? undefined : createTraceState(trace.traceState),
    isRemote: true,
  });
}

/** The state goes on as it came. */
function traceOf(span: Span, parent: TraceContext | undefined): TraceContext {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const traceParent = `00-${traceId}-${spanId}-0${traceFlags}`;
  return parent?.traceState === undefined ? { traceParent } : { traceParent, traceState: parent.traceState };
}

/** By the conventions for servers, a 4xx is the caller's error, and none of this span. */
function endRequest(span: Span, status: number | undefined): void {
  if (status === undefined) fail(span, 'connection_reset');
  else {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) fail(span, String(status));
  }
  span.end();
}

function endAttempt(span: Span, { reason, status }: Outcome): void {
  const attributes: Attributes = { 'hooktide.reason': reason };
  if (status !== undefined) attributes['http.response.status_code'] = status;
  span.setAttributes(attributes);
  if (reason !== 'delivered') fail(span, reason);
  span.end();
}

function fail(span: Span, reason: string): void {
  span.setAttribute('error.type', reason);
  span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
}
