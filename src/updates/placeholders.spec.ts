import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fillPlaceholders } from './placeholders.js';
import { UPDATE_TYPES, type UpdateType, type WebhookType } from './update.js';

type Vectors = Record<'requestId' | 'deployId' | 'taskId' | 'userId' | 'scope', string> & {
  cases: Array<Record<UpdateType | 'template', string>>;
};
const file = new URL('../../test/fixtures/singularity/vectors.placeholders.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
const { cases, ...facts } = vectors;

describe('fillPlaceholders', () => {
  it.each(cases.flatMap((row) => UPDATE_TYPES.map((type) => [type, row.template, row[type]] as const)))(
    'fills for a %s, as upstream, %s',
    (type, template, expected) => {
      expect(fillPlaceholders(template, type, facts)).toBe(expected);
    },
  );

  it.each([
    ['$DEPLOY_ID', 'build_42.1', 'build_42.1'],
    ['$DEPLOY_ID', 'a/b?c=d&e#f', 'a%2Fb%3Fc%3Dd%26e%23f'],
    ['$DEPLOY_ID', "-._~ !'()*", '-._~%20%21%27%28%29%2A'],
    ['$DEPLOY_ID', 'é\r\n', '%C3%A9%0D%0A'],
    ['$DEPLOY_ID', '$REQUEST_ID$&$1\\', '%24REQUEST_ID%24%26%241%5C'],
    ['$DEPLOY_ID', '\ud800', '%EF%BF%BD'],
    ['$DEPLOY_ID$DEPLOY_ID', 'x', 'xx'],
    ['%2F$$DEPLOY_ID', 'x', '%2F$x'],
  ])('fills %s with %j as %s', (uri, deployId, expected) => {
    expect(fillPlaceholders(uri, 'DEPLOY', { requestId: 'r', deployId })).toBe(expected);
  });

  it.each<[WebhookType, string]>([
    ['REQUEST', '$DEPLOY_ID$TASK_ID$USER_ID$SCOPE$WEBHOOK_ID'],
    ['DEPLOY', '$TASK_ID$USER_ID$SCOPE'],
    ['TASK', '$USER_ID$SCOPE'],
    ['CRASHLOOP', '$TASK_ID$USER_ID$SCOPE'],
    ['ELEVATED_ACCESS', '$DEPLOY_ID$TASK_ID'],
    ['WEBHOOK_HEALTH', '$REQUEST_ID$DEPLOY_ID$TASK_ID$USER_ID$SCOPE'],
  ])('leaves what a %s doesn’t know', (type, uri) => {
    expect(fillPlaceholders(uri, type, facts)).toBe(uri);
  });

  it('fills the id of a webhook into what is told of its health', () => {
    expect(fillPlaceholders('http://h/$WEBHOOK_ID', 'WEBHOOK_HEALTH', { requestId: 'sns:TASK' })).toBe(
      'http://h/sns%3ATASK',
    );
  });

  it('leaves a name whose fact is absent', () => {
    expect(fillPlaceholders('$TASK_ID', 'TASK', { requestId: 'r' })).toBe('$TASK_ID');
  });

  it('keeps any value inside its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (requestId) => {
        const filled = fillPlaceholders('http://h/a/$REQUEST_ID/z?q=$REQUEST_ID', 'REQUEST', { requestId });
        expect(filled).toMatch(/^http:\/\/h\/a\/[\w\-.~%]*\/z\?q=[\w\-.~%]*$/);
      }),
    );
  });
});
