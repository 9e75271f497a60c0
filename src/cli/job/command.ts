import { openApi } from '../api.js';
import type { Client } from '../client.js';
import { HELP, readArguments, type Wanted } from './arguments.js';
import { tableOf, wordsOf, type PrintedJob } from './print.js';

const PAGE = 1_000;

/** `hooktide job`: replays, discards and erasures that are too many for one request. */
export async function job(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  process.stdout.write(wanted === null ? HELP : await answerTo(openApi(process.env), wanted));
  return 0;
}

async function answerTo(api: Client, wanted: Wanted): Promise<string> {
  const { asJson } = wanted;
  if (wanted.action === 'list') {
    const { items } = (await api.call('GET', `/jobs?limit=${PAGE}`)) as { items: PrintedJob[] };
    return asJson ? print(items) : tableOf(items);
  }
  const answer = (await ask(api, wanted)) as PrintedJob | { matching: number | null; isExact: boolean };
  if (asJson) return print(answer);
  if ('id' in answer) return wordsOf(answer);
  const { matching, isExact } = answer;
  return matching === null ? 'More than can be counted in time\n' : `${isExact ? '' : 'More than '}${matching}\n`;
}

function ask(api: Client, wanted: Exclude<Wanted, { action: 'list' }>): Promise<unknown> {
  if (wanted.action === 'create') return api.call('POST', '/jobs', wanted.job);
  if (wanted.action === 'show') return api.call('GET', `/jobs/${wanted.id}`);
  return api.call('POST', `/jobs/${wanted.id}/${wanted.action}`);
}

const print = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
