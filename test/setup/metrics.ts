import { call } from './hooktide.js';
import { until } from './until.js';

/** One sample as it is printed. */
export interface Scraped {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** @throws Error when a line is neither a comment nor a sample */
export function readSamples(text: string): Scraped[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`This is no sample: ${line}`);
    const pairs = [...labels.matchAll(LABEL)].map(([, label, its]) => [label!, its!]);
    return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
  });
}

/** What is counted in a Hooktide: how much is the sum of a metric's samples that have these labels, 0 if there are none. */
export interface Counted {
  samples: Scraped[];
  of: (name: string, labels?: Record<string, string>) => number;
}

const has = (sample: Scraped, labels: Record<string, string>): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels[name] === value);

export async function scrape({ url }: { url: string }, headers: Record<string, string> = {}): Promise<Counted> {
  const { status, text } = await call(url, 'GET', '/metrics', undefined, headers);
  if (status !== 200) throw new Error(`It was not scraped: ${status} ${text}`);
  const samples = readSamples(text);
  const of = (name: string, labels: Record<string, string> = {}) =>
    samples.filter((it) => it.name === name && has(it, labels)).reduce((sum, { value }) => sum + value, 0);
  return { samples, of };
}

/** The same as soon as what the database holds is among it: a first read may take longer than a scrape waits. */
export function scrapeKnown(of: { url: string }, headers: Record<string, string> = {}): Promise<Counted> {
  return until(async () => {
    const counted = await scrape(of, headers);
    return counted.of('hooktide_database_up') === 1 && counted.of('hooktide_table_bytes') > 0 && counted;
  });
}
