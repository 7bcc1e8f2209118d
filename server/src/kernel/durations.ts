import type { Metric, Registry } from 'prom-client';

/** Upper bounds in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface Series {
  labels: Record<'method' | 'route' | 'status', string | number>;
  /** Of each bound those that are within it and not within the one before; the last is of what takes longer. */
  counts: number[];
  sum: number;
}

/**
 * How long requests take, by route and status; never by tenant or person. A histogram of prom-client looks its labels up
 * with each request, which costs more than all that is counted here.
 */
export class RequestDurations {
  readonly name = 'bailiwick_request_seconds';
  readonly help = 'Duration of requests by route and status; never by tenant or person.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #series = new Map<string, Series>();

  constructor(registry: Registry) {
    registry.registerMetric(this as unknown as Metric);
  }

  add(method: string, route: string, status: number, seconds: number): void {
    const name = `${method} ${status} ${route}`;
    let series = this.#series.get(name);
    if (!series) {
      series = { labels: { method, route, status }, counts: Array(bounds.length + 1).fill(0), sum: 0 };
      this.#series.set(name, series);
    }
    let at = 0;
    while (at < bounds.length && seconds > (bounds[at] as number)) at++;
    (series.counts[at] as number)++;
    series.sum += seconds;
  }

  /** As prom-client's registry writes it. */
  async get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#series.values()].flatMap(({ labels, counts, sum }) => {
      let total = 0;
      const buckets = counts.map((count, at) => {
        total += count;
        return { labels: { le: bounds[at] ?? '+Inf', ...labels }, value: total, metricName: `${name}_bucket` };
      });
      return [
        ...buckets,
        { labels, value: sum, metricName: `${name}_sum` },
        { labels, value: total, metricName: `${name}_count` },
      ];
    });
    return { name, help, type, aggregator, values };
  }
}
