import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fateOf, jobId, sling, TOKEN, type Fate } from '../setup/hook-slinger.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';

interface Outcome {
  receiver: string;
  attempts: number;
  final: string;
}
const { outcomes } = JSON.parse(
  readFileSync(new URL('../fixtures/hook-slinger/worker-outcomes.json', import.meta.url), 'utf8'),
) as { outcomes: Outcome[] };

/** Hooktide's word for why, by what the receiver does. */
const REASONS: Record<string, string> = {
  200: 'delivered',
  201: 'unexpected_status',
  204: 'unexpected_status',
  302: 'redirect',
  400: 'refused',
  404: 'refused',
  410: 'gone',
  429: 'throttled',
  500: 'server_error',
  503: 'unavailable',
  'connection refused': 'connection_refused',
  'DNS failure': 'dns',
  'no answer within HTTP_TIMEOUT': 'timeout',
  'ftps:// url (passes validation)': 'bad_uri',
};

const env = {
  HOOK_SLINGER_API_TOKEN: TOKEN,
  HOOK_SLINGER_INTERVAL_MILLIS: '50',
  HOOK_SLINGER_HTTP_TIMEOUT_MILLIS: '2000',
};
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver((response, { path }) => {
    const status = Number(path.split('/')[1]);
    // What it asks for, and where it points to, is not followed.
    if (status) response.writeHead(status, { location: `${receiver.url}200/followed`, 'retry-after': '3600' }).end();
  });
});
afterAll(closeReceivers);

/** Where what a row describes happens. */
const urlOf = ({ receiver: what }: Outcome): string => {
  if (what === 'connection refused') return 'http://127.0.0.1:9/';
  if (what === 'DNS failure') return 'http://nowhere.invalid/';
  if (what.startsWith('ftps')) return 'ftps://127.0.0.1/';
  return `${receiver.url}${what.startsWith('no answer') ? 'never' : what}/row`;
};

/** Sends a message for each row at once, and answers with what becomes of each. */
async function sendAll(hooktide: Hooktide): Promise<Map<string, () => Promise<Fate>>> {
  const fates = new Map<string, () => Promise<Fate>>();
  for (const row of outcomes) {
    const id = await jobId(sling(hooktide, { to_url: urlOf(row), payload: { row: row.receiver } }));
    fates.set(row.receiver, () => until(() => fateOf(hooktide, id)));
  }
  return fates;
}

const rows = outcomes.map((row) => [row.receiver, row] as const);

describe('where exactly 200 counts, a message', () => {
  let hooktide: Hooktide;
  let fates: Map<string, () => Promise<Fate>>;
  beforeAll(async () => {
    hooktide = await startHooktide({ env: { ...env, HOOK_SLINGER_SUCCESS_STATUS: '200' } });
    fates = await sendAll(hooktide);
  });
  afterAll(() => hooktide.stop());

  it.each(rows)('ends as it did with Hook Slinger: %s', async (what, { attempts, final }) => {
    const state = final === 'finished' ? 'delivered' : 'dropped';
    expect(await fates.get(what)!()).toEqual({ state, attempts, reason: REASONS[what] });
    const arrived = receiver.requests.filter(({ path }) => path === `/${what}/row`);
    expect(arrived).toHaveLength(/^\d+$/.test(what) ? attempts : 0);
  });

  it('is sent to no other place that a redirect names', async () => {
    await fates.get('302')!();
    expect(receiver.requests.filter(({ path }) => path.includes('followed'))).toEqual([]);
  });
});

describe('where nothing else is asked for, a message', () => {
  let hooktide: Hooktide;
  let fates: Map<string, () => Promise<Fate>>;
  beforeAll(async () => {
    hooktide = await startHooktide({ env });
    fates = await sendAll(hooktide);
  });
  afterAll(() => hooktide.stop());

  it.each(rows)('is delivered by any 2xx, and fails as often else: %s', async (what) => {
    const isSuccess = /^2\d\d$/.test(what);
    expect(await fates.get(what)!()).toEqual(
      isSuccess
        ? { state: 'delivered', attempts: 1, reason: 'delivered' }
        : { state: 'dropped', attempts: 4, reason: REASONS[what] },
    );
  });

  it.each(['ftp://127.0.0.1/x', 'FTP://example.com', 'ftps://example.com/'])(
    'to %s is taken, and fails when it is sent',
    async (url) => {
      const id = await jobId(sling(hooktide, { to_url: url, payload: {} }));
      expect(await until(() => fateOf(hooktide, id))).toEqual({ state: 'dropped', attempts: 4, reason: 'bad_uri' });
    },
  );

  it.each(['http://169.254.169.254/latest/meta-data/', 'http://10.1.2.3/', 'https://192.168.7.1/'])(
    'to %s is taken, and stopped at the door',
    async (url) => {
      const id = await jobId(sling(hooktide, { to_url: url, payload: {} }));
      const fate = { state: 'dropped', attempts: 4, reason: 'forbidden_address' };
      expect(await until(() => fateOf(hooktide, id))).toEqual(fate);
    },
  );
});

const waits = (times: number[]) => times.slice(1).map((time, index) => time - times[index]!);

describe('retries', () => {
  let hooktide: Hooktide;
  const start = async (more: Record<string, string>) => (hooktide = await startHooktide({ env: { ...env, ...more } }));
  const timesOf = async (retries: Record<string, string>): Promise<number[]> => {
    const times: number[] = [];
    const failing = await startReceiver((response) => {
      times.push(performance.now());
      response.writeHead(503).end();
    });
    await start(retries);
    const id = await jobId(sling(hooktide, { to_url: failing.url, payload: {} }));
    await until(() => fateOf(hooktide, id));
    await hooktide.stop();
    return times;
  };

  it('come in a constant rhythm, as often as the config says, and not at the poll', async () => {
    const times = await timesOf({ HOOK_SLINGER_INTERVAL_MILLIS: '1000', CHECK_WEBHOOKS_EVERY_MILLIS: '60000' });
    expect(times).toHaveLength(4);
    for (const wait of waits(times)) expect(wait).toBeGreaterThan(950);
    // Waits that grew by as much each time would take 6 seconds.
    expect(times.at(-1)! - times[0]!).toBeLessThan(5_000);
  });

  it('come at once where the interval is 0', async () => {
    const times = await timesOf({ HOOK_SLINGER_INTERVAL_MILLIS: '0', CHECK_WEBHOOKS_EVERY_MILLIS: '60000' });
    expect(times).toHaveLength(4);
  });

  it('are as many as the config says', async () => {
    expect(await timesOf({ HOOK_SLINGER_MAX_RETRIES: '1' })).toHaveLength(2);
    expect(await timesOf({ HOOK_SLINGER_MAX_RETRIES: '6', HOOK_SLINGER_INTERVAL_MILLIS: '0' })).toHaveLength(7);
  });
});
