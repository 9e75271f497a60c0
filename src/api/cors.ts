import type { RequestHandler } from 'express';

/** What pages of other origins may send. No cookies, and no password that the browser keeps: nothing here goes by those. */
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PATCH, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, ce-specversion, ce-type, ce-source, ce-id, ce-application',
  'Access-Control-Max-Age': '600',
};
/** What they may see of an answer's headers, beside those that any page may. */
const EXPOSED = 'Hooktide-Secret, Retry-After, WWW-Authenticate';

/**
 * Lets pages of these origins call, and answers what their browsers ask before. To all others nothing is said, which to a
 * browser means no.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return ({ method, headers }, response, next) => {
    if (origins.length > 0) response.appendHeader('Vary', 'Origin');
    const { origin } = headers;
    if (origin === undefined || !origins.includes(origin)) {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Origin', origin);
    if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) {
      response.writeHead(204, PREFLIGHT).end();
      return;
    }
    response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    next();
  };
}
