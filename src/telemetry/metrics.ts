import { type Metric, Registry, type RegistryContentType } from 'prom-client';
import type { LabelSets } from './metrics-labels.js';
import { metricsOfProcess } from './metrics-process.js';
import { Counter, Histogram, type Sample } from './metrics-series.js';

/** What a metric is, for the documents. */
export interface Described {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: LabelSets;
}

/** What a registry of prom-client takes for a metric: it asks for no more. */
interface Exposed extends Described {
  get(): Promise<{ name: string; help: string; type: string; values: Sample[] }>;
}

/** A page of metrics, with its media type. */
export interface Exposition {
  contentType: string;
  text: string;
}

const OPEN_METRICS = /application\/openmetrics-text/i;

/**
 * The metrics of one service (docs/metrics.md). Each is made once, by the mechanism that it tells of; what happens is
 * counted there, and printed here.
 */
export class Metrics {
  private readonly all = new Map<string, Exposed>();
  private readonly preparations: (() => Promise<void>)[] = [];

  /** @throws Error when there is one of that name */
  counter(name: string, help: string, labels: LabelSets = {}): Counter {
    const counter = new Counter(labels);
    this.add({ name, help, type: 'counter', labels }, () => counter.samples());
    return counter;
  }

  /**
   * @param bounds in the metric's unit, ascending
   * @throws Error when there is one of that name
   */
  histogram(name: string, help: string, bounds: readonly number[], labels: LabelSets = {}): Histogram {
    const histogram = new Histogram(name, labels, bounds);
    this.add({ name, help, type: 'histogram', labels }, () => histogram.samples());
    return histogram;
  }

  /**
   * @param read what it is at the moment; nothing: it isn't known
   * @throws Error when there is one of that name
   */
  gauge(name: string, help: string, labels: LabelSets, read: () => Iterable<Sample>): void {
    this.add({ name, help, type: 'gauge', labels }, read);
  }

  /** Something to be done before the gauges are read. It has to end soon, and may not throw. */
  beforeEach(prepare: () => Promise<void>): void {
    this.preparations.push(prepare);
  }

  /**
   * All of them as text, those of the process as well.
   * @param accept the header of whoever asks: OpenMetrics for those who name it, else the text format of Prometheus
   */
  async expose(accept = ''): Promise<Exposition> {
    await Promise.all(this.preparations.map((prepare) => prepare()));
    const all = [...this.all.values(), ...metricsOfProcess()] as Exposed[];
    const isOpen = OPEN_METRICS.test(accept);
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
    for (const metric of all) registry.registerMetric((isOpen ? asOpen(metric) : metric) as unknown as Metric);
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  describe(): Described[] {
    return [...this.all.values()].map(({ name, type, help, labels }) => ({ name, type, help, labels }));
  }

  private add(described: Described, samples: () => Iterable<Sample>): void {
    const { name, help, type } = described;
    if (this.all.has(name)) throw new Error(`There are two metrics of the name ${name}.`);
    this.all.set(name, { ...described, get: async () => ({ name, help, type, values: [...samples()] }) });
  }
}

/** OpenMetrics names a counter without the `_total` of its samples. prom-client would rename the metric itself, for good. */
function asOpen(metric: Exposed): Pick<Exposed, 'name' | 'type' | 'get'> {
  const name = metric.type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
  return { name, type: metric.type, get: async () => ({ ...(await metric.get()), name }) };
}
