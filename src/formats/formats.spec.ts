import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../updates/payload.js';
import { FORMATS, type Format } from '../updates/target.js';
import { WEBHOOK_TYPES, type UpdateType } from '../updates/update.js';
import type { Formattable, Formatted } from './format.js';
import { toBody } from './formats.js';

const payloads = new URL('../../test/fixtures/singularity/', import.meta.url);
const TYPES: Record<string, UpdateType> = {
  'request-history': 'REQUEST',
  'deploy-update': 'DEPLOY',
  'task-webhook': 'TASK',
  'crash-loop': 'CRASHLOOP',
  'elevated-access': 'ELEVATED_ACCESS',
};
const names = readdirSync(payloads).filter((name) => TYPES[name.split('.')[0]!] !== undefined);

/** One a type, whose output stands in test/fixtures/formats. `npx vitest run src/formats -u` writes them anew. */
const SHOWN = [
  'request-history.scaled.json',
  'deploy-update.finished-failed.json',
  'task-webhook.failed-oom.json',
  'crash-loop.resolved.json',
  'elevated-access.json',
];

function updateOf(name: string): Formattable {
  const type = TYPES[name.split('.')[0]!]!;
  const payload = readFileSync(new URL(name, payloads), 'utf8').trimEnd();
  const facts = readFacts(type, JSON.parse(payload), 'payload');
  return { ...facts, type, payload, updateId: '01680785-5ad2-7c3f-9a51-0242ac120002', application: 'shop' };
}

/** What a receiver can rely on, whatever the format. */
function expectSound(formatted: Formatted): void {
  const { contentType, headers, body } = formatted;
  expect(contentType).toMatch(/^[a-z]+\/[a-z+-]+(; charset=UTF-8)?$/);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    expect(value).toMatch(/^[!-~]+$/);
  }
  expect(body).not.toBe('');
  expect(body).not.toMatch(/\p{Surrogate}/u);
  if (contentType.includes('json')) JSON.parse(body);
}

/** As a fixture shows it: headers, an empty line, the body, in lines where it has none. */
function shown(format: Format, { contentType, headers, body }: Formatted): string {
  const head = Object.entries({ 'content-type': contentType, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${head.join('\n')}\n\n${inLines(format, body)}\n`;
}

function inLines(format: Format, body: string): string {
  if (format === 'form') return body.replaceAll('&', '\n&');
  if (format === 'slack') return JSON.stringify(JSON.parse(body), null, 2);
  return body;
}

describe.each(FORMATS)('The format %s', (format) => {
  it.each(names)('makes something sound of %s, the same each time', (name) => {
    const update = updateOf(name);
    const before = structuredClone(update);
    const formatted = toBody(format, update);
    expectSound(formatted);
    expect(toBody(format, update)).toEqual(formatted);
    expect(update).toEqual(before);
  });

  it.each(SHOWN)('makes of %s what the fixture shows', async (name) => {
    const fixture = `../../test/fixtures/formats/${format}.${name.replace('.json', '.txt')}`;
    await expect(shown(format, toBody(format, updateOf(name)))).toMatchFileSnapshot(fixture);
  });

  it('makes something sound of any ids and any payload', () => {
    fc.assert(
      fc.property(updates, (update) => {
        const formatted = toBody(format, update);
        expectSound(formatted);
        expect(toBody(format, update)).toEqual(formatted);
      }),
      { numRuns: 500 },
    );
  });
});

describe('The format singularity', () => {
  it('adds nothing and changes nothing', () => {
    const payload = '{ "cpus" : 512.0, "big":12345678901234567890,"\\u00e9":"\\/" }';
    const update = { ...updateOf('elevated-access.json'), payload };
    expect(toBody('singularity', update)).toEqual({ contentType: 'application/json', headers: {}, body: payload });
  });
});

/** Any UTF-16, halves of pairs too, and what has a meaning somewhere. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('a\r\nb: c', '<!channel>', '@here', '%41 "', '', ' ', '\ufdd0', '\u{1fffe}', '\0\u0085'),
);
const anything = fc.oneof(texts, fc.jsonValue());
const objects = (keys: string[], member: fc.Arbitrary<unknown>) =>
  fc.oneof(
    anything,
    fc.record(Object.fromEntries(keys.map((key) => [key, member])), { requiredKeys: [], noNullPrototype: true }),
  );
const failures = fc.array(objects(['reason', 'message', 'taskId'], objects(['instanceNo'], anything)));
const contents = fc.oneof(
  objects(['user', 'message', 'start', 'end', 'type'], anything),
  objects(['failingSince', 'dropsFrom', 'waiting', 'successRate', 'lastOutcome'], objects(['detail'], anything)),
  objects(['deployMarker', 'deployResult'], objects(['user', 'message', 'deployState'], anything)),
  objects(['deployResult'], objects(['deployFailures'], failures)),
  objects(['task', 'taskUpdate'], objects(['offer', 'statusMessage', 'statusReason'], objects(['hostname'], anything))),
);
const updates: fc.Arbitrary<Formattable> = fc.record({
  updateId: texts.map((text) => `u${text}`),
  type: fc.constantFrom(...WEBHOOK_TYPES),
  application: fc.option(
    texts.map((text) => `a${text}`),
    { nil: undefined },
  ),
  requestId: texts.map((text) => `r${text}`),
  deployId: fc.option(
    texts.map((text) => `d${text}`),
    { nil: undefined },
  ),
  taskId: fc.option(
    texts.map((text) => `t${text}`),
    { nil: undefined },
  ),
  userId: fc.option(
    texts.map((text) => `u${text}`),
    { nil: undefined },
  ),
  scope: fc.constantFrom(undefined, 'READ'),
  state: fc.oneof(
    fc.constantFrom('FINISHED', 'RESOLVED', 'TASK_LAUNCHED', '__proto__'),
    texts.map((text) => `s${text}`),
  ),
  subject: texts.map((text) => `s${text}`),
  occurredAtMillis: fc.integer({ min: 0, max: 8.64e15 }),
  payload: contents.map((content) => JSON.stringify(content)),
});
