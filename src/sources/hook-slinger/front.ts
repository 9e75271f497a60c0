import { MethodNotAllowedException, NotFoundException } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** With the slash at its end or without, but in no other case. */
const ROUTE = /^\/hook_slinger\/?$/;
const IN_ANY_CASE = new RegExp(ROUTE, 'i');
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** What requests of Hook Slinger's clients pass first: whether it is their path, CORS, and the method (contract §1). */
export function hookSlingerFront({ cors }: { readonly cors: boolean }): RequestHandler {
  return (request, response, next) => {
    const [path = ''] = request.url.split('?', 1);
    if (!IN_ANY_CASE.test(path)) next();
    else if (!ROUTE.test(path)) next(new NotFoundException(`Cannot ${request.method} ${path}`));
    else if (cors && isPreflight(request)) answerPreflight(request, response);
    else passOn(request, response, { cors, next });
  };
}

function passOn(request: Request, response: Response, { cors, next }: { cors: boolean; next: NextFunction }): void {
  if (cors && request.headers.origin !== undefined) allowAnswer(request, response);
  if (request.method === 'POST') {
    next();
    return;
  }
  response.setHeader('Allow', 'POST');
  next(new MethodNotAllowedException());
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

/** As Starlette's CORSMiddleware answers one where every origin, method and header is allowed, and credentials are. */
function answerPreflight({ headers }: Request, response: Response): void {
  const isAllowed = METHODS.includes(headers['access-control-request-method'] ?? '');
  const asked = headers['access-control-request-headers'];
  response
    .writeHead(isAllowed ? 200 : 400, {
      Vary: 'Origin',
      'Access-Control-Allow-Methods': METHODS.join(', '),
      'Access-Control-Max-Age': '600',
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Allow-Origin': headers.origin,
      ...(asked === undefined ? {} : { 'Access-Control-Allow-Headers': asked }),
      'Content-Type': 'text/plain; charset=utf-8',
    })
    .end(isAllowed ? 'OK' : 'Disallowed CORS method');
}

/** Browsers take `*` for no answer to a request with cookies. */
function allowAnswer({ headers }: Request, response: Response): void {
  const hasCookie = headers.cookie !== undefined;
  response.setHeader('Access-Control-Allow-Origin', hasCookie ? (headers.origin ?? '*') : '*');
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  if (hasCookie) response.setHeader('Vary', 'Origin');
}
