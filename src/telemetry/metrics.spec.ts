import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

const own = async (metrics: Metrics, accept?: string): Promise<string[]> => {
  const { text } = await metrics.expose(accept);
  return text.split('\n').filter((line) => line.includes('hooktide_'));
};

describe('a counter', () => {
  it('has each of its series, with 0, before it counts', async () => {
    const metrics = new Metrics();
    metrics.counter('hooktide_a_total', 'Help.', { x: ['1', '2'], y: ['3'] });
    expect(await own(metrics)).toEqual([
      '# HELP hooktide_a_total Help.',
      '# TYPE hooktide_a_total counter',
      'hooktide_a_total{x="1",y="3"} 0',
      'hooktide_a_total{x="2",y="3"} 0',
    ]);
  });

  it('counts by the values of its labels, in their order, and nothing that is of no closed set', async () => {
    const metrics = new Metrics();
    const counter = metrics.counter('hooktide_a_total', 'Help.', { x: ['1', '2'], y: ['1', '3'], z: ['4'] });
    counter.add(5, '2', '1', '4');
    counter.add(1, '2', '1', '4');
    for (const values of [['4', '1', '4'], ['2', '2', '4'], ['2', '1'], [], ['__proto__', '1', '4']]) {
      counter.add(1, ...values);
    }
    const counted = (await own(metrics)).filter((line) => line.startsWith('hooktide') && !line.endsWith(' 0'));
    expect(counted).toEqual(['hooktide_a_total{x="2",y="1",z="4"} 6']);
  });

  it('has three labels at most', () => {
    const labels = { a: ['1'], b: ['1'], c: ['1'], d: ['1'] };
    expect(() => new Metrics().counter('hooktide_a_total', 'Help.', labels)).toThrow(RangeError);
  });
});

describe('a histogram', () => {
  it.each([
    [0, [1, 1, 1]],
    [0.1, [1, 1, 1]],
    [0.10001, [0, 1, 1]],
    [2, [0, 1, 1]],
    [2.1, [0, 0, 1]],
  ])('puts %s into each bucket whose bound is no smaller', async (value, [tenth, two, all]) => {
    const metrics = new Metrics();
    metrics.histogram('hooktide_a_seconds', 'Help.', [0.1, 2], { x: ['1'] }).observe(value, '1');
    expect((await own(metrics)).slice(2)).toEqual([
      `hooktide_a_seconds_bucket{x="1",le="0.1"} ${tenth}`,
      `hooktide_a_seconds_bucket{x="1",le="2"} ${two}`,
      `hooktide_a_seconds_bucket{x="1",le="+Inf"} ${all}`,
      `hooktide_a_seconds_sum{x="1"} ${value}`,
      'hooktide_a_seconds_count{x="1"} 1',
    ]);
  });
});

describe('the page', () => {
  it('is in the text format of Prometheus, with what is known of the process', async () => {
    const { contentType, text } = await new Metrics().expose('*/*');
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toMatch(new RegExp(`^${name} [\\d.e+-]+$`, 'm'));
    expect(text).not.toMatch(/^# TYPE \w+_total gauge$/m);
  });

  it('is OpenMetrics for those who name it, and again the other for the next', async () => {
    const metrics = new Metrics();
    metrics.counter('hooktide_a_total', 'Help.').add(1);
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5';
    const { contentType, text } = await metrics.expose(accept);
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(text).toContain('# TYPE hooktide_a counter\nhooktide_a_total 1\n');
    expect(text).toContain('# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total ');
    expect((await own(metrics)).slice(1)).toEqual(['# TYPE hooktide_a_total counter', 'hooktide_a_total 1']);
  });

  it('has a gauge as it is when it is asked for, after what was to be done before', async () => {
    const metrics = new Metrics();
    let value = 1;
    metrics.gauge('hooktide_a', 'Help.', {}, () => [{ labels: {}, value }]);
    metrics.beforeEach(async () => void (value += 1));
    expect((await own(metrics)).at(-1)).toBe('hooktide_a 2');
    expect((await own(metrics)).at(-1)).toBe('hooktide_a 3');
  });

  it('has no two metrics of one name', () => {
    const metrics = new Metrics();
    metrics.counter('hooktide_a_total', 'Help.');
    expect(() => metrics.gauge('hooktide_a_total', 'Help.', {}, () => [])).toThrow('hooktide_a_total');
  });
});
