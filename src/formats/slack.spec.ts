import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../updates/payload.js';
import type { WebhookType } from '../updates/update.js';
import type { Formattable } from './format.js';
import { toSlack } from './slack.js';

interface Message {
  text: string;
  attachments: Array<{
    fallback: string;
    color: string;
    text?: string;
    fields: Array<{ title: string; value: string }>;
  }>;
}

const RED = '#d0342c';
const GREEN = '#2a9d5c';
const AMBER = '#e8a317';
const GREY = '#8a8f98';

function messageOf(update: Formattable): Message {
  const message: Message = JSON.parse(toSlack(update).body);
  return message;
}

/** The card of a payload, its fields by title. */
function cardOf(type: WebhookType, payload: object) {
  const facts = readFacts(type, payload, 'payload');
  const message = messageOf({ ...facts, type, payload: JSON.stringify(payload), updateId: 'u1' });
  const { fallback, color, text, fields } = message.attachments[0]!;
  expect(fallback).toBe(message.text);
  return { sentence: message.text, color, text, fields: Object.fromEntries(fields.map((f) => [f.title, f.value])) };
}

const request = (eventType: string, more = {}) => ({ eventType, request: { id: 'web' }, createdAt: 1, ...more });
const deploy = (deployState: unknown, more = {}) => ({
  eventType: 'FINISHED',
  deployMarker: { requestId: 'web', deployId: 'd1', timestamp: 1, user: 'jdoe' },
  deployResult: { deployState, ...more },
});
const task = (taskState: string, more = {}, task: unknown = {}) => ({
  task,
  taskUpdate: { taskId: { id: 't1', requestId: 'web', deployId: 'd1' }, taskState, timestamp: 1, ...more },
});
const loop = { requestId: 'web', deployId: 'd1', start: 1, type: 'OOM' };
const access = { user: 'jdoe', requestId: 'web', scope: 'WRITE', createdAt: 1 };
const health = (event: string, more: object = {}) => ({ webhookId: 'w', event, at: '2026-11-22T10:00:00Z', ...more });

describe('A Slack message', () => {
  it.each<[WebhookType, object, string, string]>([
    ['REQUEST', request('SCALED', { user: 'jdoe' }), GREY, 'Request web was scaled by jdoe'],
    ['REQUEST', request('ENTERED_COOLDOWN'), AMBER, 'Request web entered cooldown'],
    ['REQUEST', request('FINISHED'), GREEN, 'Request web finished'],
    ['DEPLOY', { ...deploy(''), eventType: 'STARTING' }, GREY, 'Deploy d1 of web was started by jdoe'],
    ['DEPLOY', deploy('SUCCEEDED'), GREEN, 'Deploy d1 of web succeeded'],
    ['DEPLOY', deploy('FAILED'), RED, 'Deploy d1 of web failed'],
    ['DEPLOY', deploy('CANCELED'), AMBER, 'Deploy d1 of web was canceled'],
    ['DEPLOY', deploy('constructor'), GREY, 'Deploy d1 of web is now constructor'],
    ['DEPLOY', deploy(['FAILED']), GREEN, 'Deploy d1 of web finished'],
    ['TASK', task('TASK_RUNNING', {}, { offer: { hostname: 'h-1' } }), GREEN, 'A task of web is running on h-1'],
    ['TASK', task('TASK_FINISHED'), GREEN, 'A task of web finished'],
    ['TASK', task('TASK_FAILED'), RED, 'A task of web failed'],
    ['TASK', task('TASK_LOST'), RED, 'A task of web was lost'],
    ['TASK', task('TASK_ERROR'), RED, 'A task of web ended with an error'],
    ['TASK', task('TASK_KILLED'), AMBER, 'A task of web was killed'],
    ['TASK', task('TASK_STAGING'), GREY, 'A task of web is staging'],
    ['CRASHLOOP', loop, RED, 'Deploy d1 of web is in a crash loop'],
    ['CRASHLOOP', { ...loop, end: 2 }, GREEN, 'Deploy d1 of web is out of its crash loop'],
    ['ELEVATED_ACCESS', access, GREY, 'User jdoe used elevated WRITE access to request web'],
    ['ELEVATED_ACCESS', { ...access, requestId: 'all' }, GREY, 'User jdoe used elevated WRITE access to all requests'],
    ['WEBHOOK_HEALTH', health('FAILING'), RED, 'Webhook w is failing'],
    [
      'WEBHOOK_HEALTH',
      health('AGE_50'),
      AMBER,
      'Webhook w gets nothing: half of the time until updates are dropped is over',
    ],
    ['WEBHOOK_HEALTH', health('DISABLED'), RED, 'Webhook w was disabled'],
    ['WEBHOOK_HEALTH', health('RECOVERED'), GREEN, 'Webhook w works again'],
  ])('says what happened, in a colour: %s %j', (type, payload, color, sentence) => {
    expect(cardOf(type, payload)).toMatchObject({ color, sentence });
  });

  it('says of a webhook how bad it is, and what its receiver said', () => {
    const lastOutcome = { reason: 'server_error', status: 500, detail: 'The receiver answered 500' };
    const more = {
      waiting: 7,
      successRate: 0.256,
      dropsFrom: '2026-11-29T10:00:00Z',
      failingSince: 'never',
      lastOutcome,
    };
    const { text, fields } = cardOf('WEBHOOK_HEALTH', health('AGE_75', more));
    expect(text).toBe('The receiver answered 500');
    expect(fields).toEqual({
      Time: expect.stringContaining('2026-11-22'),
      'Drops from': expect.stringContaining('2026-11-29'),
      Waiting: '7',
      'Success rate': '26 %',
    });
  });

  it('lists ten failures of a deploy and counts the others, and tells when it finished', () => {
    const failure = { reason: 'DEPLOY_OVERDUE', taskId: { instanceNo: 2 }, message: 'too\nlate' };
    const deployFailures = [failure, null, 'x', ...Array.from({ length: 9 }, () => ({ reason: 'R' }))];
    const { text, fields } = cardOf('DEPLOY', deploy('FAILED', { message: 'why', timestamp: 61_000, deployFailures }));
    expect(text?.split('\n').slice(0, 5)).toEqual([
      'why',
      '• DEPLOY_OVERDUE, instance 2: too',
      'late',
      '• Failure',
      '• Failure',
    ]);
    expect(text).toMatch(/(\n• R){7}\n• and 2 more$/);
    expect(fields.Time).toBe('<!date^61^{date_num} {time_secs}|1970-01-01 00:01:01 UTC>');
  });

  it('tells why a task ended, on which host, and who launched it', () => {
    const launched = { taskRequest: { pendingTask: { user: 'jdoe' } } };
    const card = cardOf('TASK', task('TASK_FAILED', { statusMessage: ' Exit 1 ', statusReason: 'REASON_X' }, launched));
    expect(card.text).toBe('Exit 1');
    expect(card.fields).toMatchObject({ Task: 't1', Reason: 'REASON_X', 'Launched by': 'jdoe' });
    expect(cardOf('TASK', task('TASK_LAUNCHED', {}, launched)).sentence).toBe('A task of web was launched by jdoe');
  });

  it('has no text and no field where there is nothing to show', () => {
    const { text, fields } = cardOf('REQUEST', {
      ...request('PAUSED', { message: '\n', user: null }),
      request: { id: ' ' },
    });
    expect(text).toBeUndefined();
    expect(Object.keys(fields)).toEqual(['Time']);
  });

  it('pings nobody, shows values as they are, and stays within all limits', () => {
    const pieces = fc.constantFrom(
      '<!channel>',
      '<@U1>',
      '@here',
      '@Everyone',
      'a@b',
      '&',
      '<',
      '>',
      '\n',
      '😀',
      '\ud800',
    );
    const parts = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 20 });
    const texts = fc.tuple(parts, fc.constantFrom(1, 9, 999)).map(([parts, times]) => parts.join('').repeat(times));
    fc.assert(
      fc.property(texts, texts, (id, said) => {
        const payload = deploy(said, { message: said, deployFailures: [{ reason: id, message: said }] });
        const facts = readFacts('DEPLOY', payload, 'payload');
        const update = {
          ...facts,
          deployId: id,
          type: 'DEPLOY',
          payload: JSON.stringify(payload),
          updateId: 'u1',
        } as const;
        const message = messageOf(update);
        const { text, fields } = message.attachments[0]!;
        const values = fields.filter(({ title }) => title !== 'Time').map(({ value }) => value);
        for (const shown of [message.text, text ?? '', ...values]) {
          expect(shown).not.toMatch(/[<>]|&(?!(amp|lt|gt);)|\p{Surrogate}/u);
          expect(shown).not.toMatch(/@(here|channel|everyone|all)|(?<![\p{L}\p{N}_])@(?!\u200b|…)/iu);
        }
        expect(message.text.length).toBeLessThanOrEqual(2000);
        expect(text?.length ?? 0).toBeLessThanOrEqual(3000);
        expect(Math.max(...values.map((value) => value.length))).toBeLessThanOrEqual(300);
      }),
    );
  });

  it('has at most 10 fields, and fits a Discord embed with the longest of everything', () => {
    const long = '&'.repeat(5000);
    const taskId = { id: 'x'.repeat(800), requestId: 'x'.repeat(800), deployId: 'x'.repeat(800) };
    const pendingTask = { taskRequest: { pendingTask: { user: long } }, offer: { hostname: long } };
    const { text, fields } = cardOf(
      'TASK',
      task('TASK_FAILED', { taskId, statusMessage: long, statusReason: long }, pendingTask),
    );
    expect(Object.keys(fields)).toHaveLength(7);
    expect([text, ...Object.entries(fields).flat()].join('').length).toBeLessThan(6000 - 'Application'.length - 300);
  });
});
