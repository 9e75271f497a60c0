import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { allowOrigins } from './cors.js';
import { foreignnessOf, type Homes } from './foreign.js';

/** Routes whose body is JSON and has to be called so; in any case, as the router takes them. */
const JSON_ROUTES =
  /^\/api\/(webhooks(\/[^/?]+){0,2}|updates|disasters\/disabled-actions\/[^/?]+|tokens|jobs|(dead-letters|deliveries|messages|jobs)\/.+)\/?(\?|$)|^\/v1\//i;
const WITH_BODY = ['POST', 'PATCH'];
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/** Has rules of its own for pages of other origins (src/sources/hook-slinger/front.ts), and always asks for a token. */
const HOOK_SLINGER = /^\/hook_slinger\/?(\?|$)/;

export interface FrontOptions extends Homes {
  /** The second prefix of all routes, as Singularity has it: `/singularity`. */
  contextPath: string;
  /** The process stops soon. */
  isDraining: () => boolean;
}

/** What every request passes before its route: context path, media type, and which pages may call. Its body is read later, by `BodyGuard`. */
export function setUpFront(app: NestExpressApplication, { contextPath, isDraining, ...homes }: FrontOptions): void {
  app.disable('x-powered-by');
  const server = app.getHttpServer() as { listening: boolean };
  app.use(unlessHookSlinger(allowOrigins(homes.origins)));
  app.use((request: Request, response: Response, next: NextFunction) => {
    // A stopping process ends the connections that callers keep alive: else it would serve them for ever.
    if (isDraining() || !server.listening) response.setHeader('Connection', 'close');
    if (request.url.startsWith(`${contextPath}/api/`)) request.url = request.url.slice(contextPath.length);
    if (WITH_BODY.includes(request.method) && JSON_ROUTES.test(request.url) && !isCalledJson(request)) {
      next(new UnsupportedMediaTypeException('Send JSON, with the header Content-Type: application/json'));
    } else {
      next();
    }
  });
  app.use(unlessHookSlinger(refuseForeign(homes)));
}

function unlessHookSlinger(step: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (HOOK_SLINGER.test(request.url)) next();
    else void step(request, response, next);
  };
}

function refuseForeign(homes: Homes): RequestHandler {
  return (request, _response, next) => {
    const foreignness = foreignnessOf(request, homes);
    if (foreignness === null) next();
    else next(foreignness);
  };
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
