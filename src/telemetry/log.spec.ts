import { describe, expect, it } from 'vitest';
import { Secret } from '../config/secret.js';
import { createLog, type LogOptions } from './log.js';
import { NestLogger } from './nest-logger.js';

function logTo(lines: string[], options: Partial<LogOptions> = {}) {
  return createLog({ level: 'info', format: 'json', ...options }, { write: (line) => void lines.push(line) });
}

describe('a JSON line', () => {
  it('begins with time, level and event', () => {
    const lines: string[] = [];
    logTo(lines).warn('delivery.attempted', { status: 500, webhookId: 'TASK-x' });
    expect(lines).toEqual([
      expect.stringMatching(
        /^\{"time":"\d{4}-\d\d-\d\dT[\d:.]{12}Z","level":"warn","event":"delivery.attempted","status":500,"webhookId":"TASK-x"\}\n$/,
      ),
    ]);
  });

  it('stays one line and hides secrets, whatever the values are', () => {
    const lines: string[] = [];
    const data = {
      text: 'a\n{"level":"error"}',
      nested: { secret: new Secret('hunter2') },
      secret: new Secret('hunter2'),
    };
    logTo(lines).info('update.accepted', data);
    expect(lines.join('').match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(lines.join(''))).toMatchObject({
      text: data.text,
      nested: { secret: '***' },
      secret: '***',
    });
  });

  it('shows as text what is no JSON', () => {
    const lines: string[] = [];
    const ring: Record<string, unknown> = { secret: new Secret('hunter2') };
    ring['ring'] = ring;
    logTo(lines).info('update.accepted', { big: 1n, ring });
    expect(JSON.parse(lines.join(''))).toMatchObject({ big: '1n', ring: expect.stringContaining('***') });
  });

  it('holds an error with its stack and its cause, and none of the data it carries', () => {
    const lines: string[] = [];
    const failure = new Error('no poll', { cause: new Error('no database') });
    logTo(lines).error('poll.failed', { error: Object.assign(failure, { code: '57P01', parameters: ['payload'] }) });
    expect(JSON.parse(lines.join(''))).toMatchObject({
      error: {
        type: 'Error',
        message: 'no poll: no database',
        code: '57P01',
        stack: expect.stringContaining('log.spec.ts'),
      },
    });
    expect(lines.join('')).not.toContain('payload');
  });
});

it('is silent below its level', () => {
  const lines: string[] = [];
  const log = logTo(lines, { level: 'warn' });
  log.debug('a.happened');
  log.info('b.happened');
  log.error('c.happened');
  expect(lines).toEqual([expect.stringContaining('"event":"c.happened"')]);
});

it('is readable when pretty', () => {
  const lines: string[] = [];
  logTo(lines, { format: 'pretty' }).info('webhook.created', { id: 'TASK-x' });
  expect(lines).toEqual([expect.stringMatching(/^[\d:.]{12} INFO {2}webhook\.created id=TASK-x\n$/)]);
});

it("has Nest's chatter at debug, its warnings and errors as such", () => {
  const lines: string[] = [];
  const nest = new NestLogger(logTo(lines, { level: 'debug' }));
  nest.log('Mapped {/healthz, GET} route', 'RouterExplorer');
  nest.warn('Duplicate route', 'RouterExplorer');
  nest.error('It broke', 'Error: It broke\n    at x.js:1:2', 'ExceptionsHandler');
  nest.error(new TypeError('x is no y'));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 'debug', event: 'nest.logged', message: 'Mapped {/healthz, GET} route', context: 'RouterExplorer' },
    { level: 'warn', event: 'nest.warned', message: 'Duplicate route' },
    { level: 'error', event: 'nest.failed', error: { message: 'It broke' }, context: 'ExceptionsHandler' },
    { level: 'error', event: 'nest.failed', error: { type: 'TypeError', message: 'x is no y' } },
  ]);
});
