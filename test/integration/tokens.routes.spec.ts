import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../src/api/openapi/document.js';
import { asJson, send } from '../setup/http.js';
import { startLocked, type LockedHooktide } from '../setup/tokens.js';

/** No route is forgotten: each that the document has asks for a token, and lets none do more than its scope says. */

interface Operation {
  security?: object[];
}
const { paths } = openApi('/singularity') as { paths: Record<string, Record<string, Operation>> };
const METHODS = ['get', 'post', 'patch', 'delete'];
const ROUTES = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations)
    .filter(([method]) => METHODS.includes(method))
    .map(([method, { security }]) => ({ method: method.toUpperCase(), path, isPublic: security?.length === 0 })),
);
const CLOSED = ROUTES.filter(({ isPublic }) => !isPublic);

let hooktide: LockedHooktide;
beforeAll(async () => {
  hooktide = await startLocked();
});
afterAll(() => hooktide.stop());

/** The routes that answer otherwise than by turning the bearer away. */
async function openTo(token: string | null): Promise<string[]> {
  const open: string[] = [];
  for (const { method, path } of CLOSED) {
    const word = path.startsWith('/hook_slinger') ? 'Token' : 'Bearer';
    const headers = { ...asJson, ...(token === null ? {} : { Authorization: `${word} ${token}` }) };
    const body = method === 'POST' || method === 'PATCH' ? '{"wrong": 1}' : undefined;
    const { status } = await send(hooktide.url, { method, path: path.replace(/\{\w+\}/g, 'a'), headers, body });
    if (status !== 401 && status !== 403) open.push(`${method} ${path}`);
  }
  return open;
}

const HOOK = '/v1/applications/{application}/hook';

describe('of all routes', () => {
  it('none but those that say so is open without a token', async () => {
    expect(CLOSED.length).toBeGreaterThan(45);
    expect(await openTo(null)).toEqual([]);
  });

  it.each([
    ['ingest', ['POST /api/updates', 'POST /hook_slinger']],
    [
      'read',
      CLOSED.filter(({ method, path }) => method === 'GET' && !/tokens|audit/.test(path)).map(
        ({ path }) => `GET ${path}`,
      ),
    ],
  ])('a token that may %s opens those of its scope', async (scope, routes) => {
    const { token } = await hooktide.make({ name: scope, scopes: [scope] });
    expect((await openTo(token)).toSorted()).toEqual(routes.toSorted());
  });

  it('a token that may change webhooks makes no tokens, turns no switch, sends no update and reads no audit log', async () => {
    const { token } = await hooktide.make({ name: 'webhooks', scopes: ['webhooks'] });
    const open = await openTo(token);
    const shut = CLOSED.map(({ method, path }) => `${method} ${path}`).filter((route) => !open.includes(route));
    expect(
      shut.filter((route) => !/tokens|disabled-actions|api\/audit|POST \/api\/updates|hook_slinger/.test(route)),
    ).toEqual([]);
    expect(shut).toEqual(
      expect.arrayContaining(['GET /api/tokens', 'POST /api/tokens', 'GET /api/audit', 'POST /api/updates']),
    );
  });

  it('a token of an application opens its hooks and takes its updates', async () => {
    const { token } = await hooktide.make({ name: 'of a', scopes: ['read', 'ingest', 'webhooks'], application: 'a' });
    expect(await openTo(token)).toEqual(expect.arrayContaining([`GET ${HOOK}`, 'POST /api/updates']));
    expect(
      (await openTo(token)).filter((route) => !/\/v1\/(applications\/\{|users)|POST \/api\/updates/.test(route)),
    ).toEqual([]);
    const { token: another } = await hooktide.make({ name: 'of b', scopes: ['read', 'webhooks'], application: 'b' });
    expect((await openTo(another)).filter((route) => !route.endsWith('/v1/users'))).toEqual([]);
  });
});
