import type { RequestHandler } from 'express';
import type { ApiMetrics } from './metrics.js';

/** Probes and scrapes come every few seconds, and would hide what callers see. */
const OF_OPERATORS = /^\/(healthz|readyz|metrics)\/?(\?|$)/i;
/** What nginx calls it when the caller has gone. */
const GONE_STATUS = 499;

/** Times every request, whatever becomes of it. Stands before all that may answer. */
export function timed(metrics: Pick<ApiMetrics, 'answered'>): RequestHandler {
  return (request, response, next) => {
    if (OF_OPERATORS.test(request.url)) {
      next();
      return;
    }
    const startedAt = performance.now();
    const { method } = request;
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : GONE_STATUS;
      metrics.answered(method, status, (performance.now() - startedAt) / 1_000);
    });
    next();
  };
}
