import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

/** Routes whose body is JSON and has to be called so; in any case, as the router takes them. */
const JSON_ROUTES =
  /^\/api\/(webhooks(\/[^/?]+){0,2}|updates|disasters\/disabled-actions\/[^/?]+|(dead-letters|deliveries|messages)\/.+)\/?(\?|$)|^\/v1\//i;
const WITH_BODY = ['POST', 'PATCH'];
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

export interface FrontOptions {
  /** The second prefix of all routes, as Singularity has it: `/singularity`. */
  contextPath: string;
  maxRequestBytes: number;
}

/** What every request passes before its route: context path, media type, and the body as raw bytes. */
export function setUpFront(app: NestExpressApplication, { contextPath, maxRequestBytes }: FrontOptions): void {
  app.disable('x-powered-by');
  const server = app.getHttpServer() as { listening: boolean };
  app.use((request: Request, response: Response, next: NextFunction) => {
    // A stopping process ends the connections that callers keep alive: else it would serve them for ever.
    if (!server.listening) response.setHeader('Connection', 'close');
    if (request.url.startsWith(`${contextPath}/api/`)) request.url = request.url.slice(contextPath.length);
    if (WITH_BODY.includes(request.method) && JSON_ROUTES.test(request.url) && !isCalledJson(request)) {
      next(new UnsupportedMediaTypeException('Send JSON, with the header Content-Type: application/json'));
    } else {
      next();
    }
  });
  // Bytes, not values: payloads are delivered as they came.
  app.useBodyParser('raw', { type: () => true, limit: maxRequestBytes });
}

/**
 * Whether it says JSON, which a browser asks for leave to send elsewhere (CORS): so no foreign page can post here. What
 * has no body and comes from no page needn't.
 */
function isCalledJson({ headers }: Request): boolean {
  const type = headers['content-type'];
  if (type !== undefined) return JSON_TYPE.test(type);
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !hasBody && headers.origin === undefined;
}
