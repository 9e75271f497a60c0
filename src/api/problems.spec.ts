import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeOfHttp, isProblemCode } from './problems.js';

const SRC = join(import.meta.dirname, '..');
/** One stops the start: nobody can ask a process that does not run. The other is shown in the words of FastAPI. */
const NO_PROBLEMS = new Set(['bad_config', 'message_refused']);

/** Every class of errors with the codes that it may bear. */
const classes = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .flatMap((file) => {
    const [, ...bodies] = readFileSync(join(SRC, file), 'utf8').split(/^export class (?=\w+ extends HooktideError\b)/m);
    return bodies.map((body) => {
      const [declaration = ''] = /\breadonly code\b[^;,]*/.exec(body) ?? [];
      const codes = [...declaration.matchAll(/'(\w+)'/g)].map(([, code = '']) => code);
      return [/^\w+/.exec(body)?.[0] ?? '', codes] as const;
    });
  })
  .filter(([, codes]) => !codes.some((code) => NO_PROBLEMS.has(code)));

it.each(classes)('%s has a status, a meaning and a remedy', (_, codes) => {
  expect(codes).not.toEqual([]);
  expect(codes.filter((code) => !isProblemCode(code))).toEqual([]);
});

it('all classes are found', () => {
  expect(classes.map(([name]) => name)).toEqual(expect.arrayContaining(['NotFoundError', 'UnauthenticatedError']));
});

it.each([
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [413, 'too_large'],
  [415, 'unsupported_media_type'],
  [400, 'bad_request'],
  [409, 'bad_request'],
  [418, 'bad_request'],
])('the HTTP layer’s own %i is %s', (status, code) => {
  expect(codeOfHttp(status)).toBe(code);
});

it.each(['bad_config', 'constructor', ''])('%j is no code of a problem', (code) => {
  expect(isProblemCode(code)).toBe(false);
});
