import type { Counter, Histogram } from '../telemetry/metrics-series.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { ProblemCode } from './problems.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** All that there are routes for; `other` is what nobody answers. */
const METHODS = ['GET', 'POST', 'PATCH', 'DELETE', 'other'];
const STATUSES = ['2xx', '3xx', '4xx', '5xx'];

/**
 * With what a request that brings updates or a message may be refused: the codes of docs/errors.md, `message_refused` for
 * what Hook Slinger's route finds wrong by its own rules, and `other` for the rest.
 */
const CODES = [
  'invalid_input',
  'bad_request',
  'unauthenticated',
  'forbidden',
  'foreign_page',
  'foreign_host',
  'id_conflict',
  'too_large',
  'fan_out_too_large',
  'unsupported_media_type',
  'too_many_failures',
  'too_many_waiting',
  'issuer_unavailable',
  'database_unavailable',
  'internal',
  'message_refused',
  'other',
] as const satisfies readonly (ProblemCode | 'message_refused' | 'other')[];

/** Counts and times what the API answers. */
export class ApiMetrics {
  private readonly requests: Histogram;
  private readonly refusals: Counter;

  constructor(metrics: Metrics) {
    this.requests = metrics.histogram(
      'hooktide_api_request_seconds',
      'How long a request to the API took, to the end of the answer, in seconds. Without probes and /metrics.',
      SECONDS,
      { method: METHODS, status: STATUSES },
    );
    this.refusals = metrics.counter(
      'hooktide_updates_refused_total',
      'Requests that bring updates or a message and were refused, by code.',
      { code: CODES },
    );
  }

  /** @param status of HTTP; one whose caller went away before the answer counts among 4xx */
  answered(method: string, status: number, seconds: number): void {
    this.requests.observe(seconds, METHODS.includes(method) ? method : 'other', `${Math.floor(status / 100)}xx`);
  }

  /** A request that brings updates or a message was refused. */
  refused(code: string): void {
    this.refusals.add(1, CODES.some((known) => known === code) ? code : 'other');
  }
}
