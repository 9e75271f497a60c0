import { Children, type Labels, type LabelSets } from './metrics-labels.js';

/** One number of a metric, as it is printed. */
export interface Sample {
  labels: Labels;
  value: number;
  /** Where it isn't the metric's own: those of a histogram. */
  metricName?: string;
}

/**
 * Counts what happened. A plain number each: what prom-client does for one increment takes ten times as long, and a busy
 * dispatcher counts fifty thousand times a second. A label value that is none of its closed set isn't counted.
 */
export class Counter {
  private readonly children: Children<{ readonly labels: Labels; value: number }>;

  constructor(sets: LabelSets) {
    this.children = new Children(sets, (labels) => ({ labels, value: 0 }));
  }

  /** @param first the values of the labels, in their order */
  add(count: number, first = '', second = '', third = ''): void {
    const child = this.children.get(first, second, third);
    if (child) child.value += count;
  }

  *samples(): Iterable<Sample> {
    yield* this.children;
  }
}

interface Distribution {
  readonly labels: Labels;
  /** How many fell into each bucket, and into none below. */
  readonly counts: number[];
  sum: number;
}

/** Says how values spread: how many were at most as large as each of the bounds. */
export class Histogram {
  private readonly children: Children<Distribution>;

  constructor(
    private readonly name: string,
    sets: LabelSets,
    private readonly bounds: readonly number[],
  ) {
    this.children = new Children(sets, (labels) => ({ labels, counts: Array(bounds.length + 1).fill(0), sum: 0 }));
  }

  /** @param first the values of the labels, in their order */
  observe(value: number, first = '', second = '', third = ''): void {
    const child = this.children.get(first, second, third);
    if (!child) return;
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    child.counts[bucket]! += 1;
    child.sum += value;
  }

  *samples(): Iterable<Sample> {
    const [bucketName, sumName, countName] = [`${this.name}_bucket`, `${this.name}_sum`, `${this.name}_count`];
    for (const { labels, counts, sum } of this.children) {
      let value = 0;
      for (const [index, count] of counts.entries()) {
        value += count;
        yield { metricName: bucketName, labels: { ...labels, le: String(this.bounds[index] ?? '+Inf') }, value };
      }
      yield { metricName: sumName, labels, value: sum };
      yield { metricName: countName, labels, value };
    }
  }
}
