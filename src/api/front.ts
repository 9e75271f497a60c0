import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

/** Routes whose body is JSON and has to be called so: a browser asks before it sends such a request elsewhere (CORS). */
const JSON_ROUTES = /^\/api\/(webhooks|updates)\/?(\?|$)/;
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

export interface FrontOptions {
  /** The second prefix of all routes, as Singularity has it: `/singularity`. */
  contextPath: string;
  maxRequestBytes: number;
}

/** What every request passes before its route: context path, media type, and the body as raw bytes. */
export function setUpFront(app: NestExpressApplication, { contextPath, maxRequestBytes }: FrontOptions): void {
  app.disable('x-powered-by');
  app.use((request: Request, _response: Response, next: NextFunction) => {
    if (request.url.startsWith(`${contextPath}/api/`)) request.url = request.url.slice(contextPath.length);
    const isPostOfJson = request.method === 'POST' && JSON_ROUTES.test(request.url);
    if (isPostOfJson && !JSON_TYPE.test(request.headers['content-type'] ?? '')) {
      next(new UnsupportedMediaTypeException('Send JSON, with the header Content-Type: application/json'));
    } else {
      next();
    }
  });
  // Bytes, not values: payloads are delivered as they came.
  app.useBodyParser('raw', { type: () => true, limit: maxRequestBytes });
}
