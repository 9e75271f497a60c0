import type { RequestHandler } from 'express';

/**
 * What browsers are told with every answer; a route may say otherwise (src/api/docs/docs.controller.ts). Answers are data:
 * they are no page, stand in no frame, are not guessed to be a script, and are kept nowhere. Whether the way here is
 * encrypted (HSTS) is for whoever does that to say.
 */
const HEADERS: readonly (readonly [string, string])[] = [
  ['Content-Security-Policy', "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
];

export function browserHeaders(): RequestHandler {
  return (_request, response, next) => {
    for (const [name, value] of HEADERS) response.setHeader(name, value);
    next();
  };
}
