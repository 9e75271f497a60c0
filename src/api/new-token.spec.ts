import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors/errors.js';
import { readNewToken } from './new-token.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const read = (more: object) => readNewToken({ name: 'ci', scopes: ['ingest'], ...more }, NOW);

describe('a new token', () => {
  it.each<[object, object]>([
    [{}, { name: 'ci', scopes: ['ingest'], application: null, expiresAt: null }],
    [
      { application: null, expiresAt: null, expiresInHours: null },
      { application: null, expiresAt: null },
    ],
    [{ application: 'web', scopes: ['webhooks', 'ingest', 'webhooks'] }, { application: 'web', scopes: ['webhooks', 'ingest'] }], // prettier-ignore
    [{ expiresInHours: 24 }, { expiresAt: new Date('2026-11-23T10:00:00Z') }],
    [{ expiresInHours: 0.5 }, { expiresAt: new Date('2026-11-22T10:30:00Z') }],
    [{ expiresAt: '2026-11-22T11:00:00.001+01:00' }, { expiresAt: new Date(NOW + 1) }],
    [{ expiresAt: NOW + 1 }, { expiresAt: new Date(NOW + 1) }],
    [{ name: 'x'.repeat(255), expiresInHours: 87_600 }, { name: 'x'.repeat(255) }],
  ])('is what %j says', (given, expected) => {
    expect(read(given)).toMatchObject(expected);
  });

  it.each<[object, string]>([
    [{ name: undefined }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: ' ci' }, 'name'],
    [{ name: 'c\ni' }, 'name'],
    [{ name: 'x'.repeat(256) }, 'name'],
    [{ scopes: undefined }, 'scopes'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: 'ingest' }, 'scopes'],
    [{ scopes: ['ingest', 'write'] }, 'scopes[1]'],
    [{ scope: ['ingest'] }, 'scope'],
    [{ application: '' }, 'application'],
    [{ application: 'web', scopes: ['admin'] }, 'application'],
    [{ expiresAt: '2026-11-22T10:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ expiresAt: '2026-12-22T10:00:00Z', expiresInHours: 1 }, 'expiresAt'],
    [{ expiresInHours: 0 }, 'expiresInHours'],
    [{ expiresInHours: 87_601 }, 'expiresInHours'],
    [{ expiresInHours: '1' }, 'expiresInHours'],
  ])('is refused for %j', (given, field) => {
    expect(() => read(given)).toThrow(InvalidInputError);
    expect(() => read(given)).toThrow(expect.objectContaining({ field }));
  });
});
