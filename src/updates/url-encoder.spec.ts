import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultWebhookId, urlEncode } from './url-encoder.js';
import type { UpdateType } from './update.js';

interface Vector {
  type: UpdateType;
  uri: string;
  id: string;
  clientIdForDelete: string;
  serverKeyFromDecodedClientId: string;
  serverKeyFromDecodedFullId: string;
}
const file = new URL('../../test/fixtures/singularity/vectors.webhook-ids.json', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'));

describe('defaultWebhookId', () => {
  it.each(vectors)('of $type $uri is $id', ({ type, uri, id }) => {
    expect(defaultWebhookId(type, uri)).toBe(id);
  });
});

describe('urlEncode', () => {
  it.each(vectors)('makes upstream’s keys of $clientIdForDelete', (vector) => {
    expect(urlEncode(vector.clientIdForDelete)).toBe(vector.serverKeyFromDecodedClientId);
    expect(urlEncode(vector.id)).toBe(vector.serverKeyFromDecodedFullId);
  });

  it.each([
    ['', ''],
    ['aZ09*-_.', 'aZ09*-_.'],
    ["! '()~", '%21+%27%28%29%7E'],
    ['+%', '%2B%25'],
    ['\0\n', '%00%0A'],
    ['😀', '%F0%9F%98%80'],
    ['a\ud83db', 'a%3Fb'],
    ['\ude00\ud83d', '%3F%3F'],
  ])('writes %j as %s', (text, expected) => {
    expect(urlEncode(text)).toBe(expected);
  });
});
