// How what was measured is shown: medians, in brackets the smallest and the largest, and what it missed.
import { median } from './statistics.mjs';

export const whole = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
export const digits = (count) => (value) => value.toFixed(count);
export const megabytes = (bytes) => whole(bytes / 1e6);

/** A value that nobody told is a dash. */
const known = (values) => values.filter((value) => Number.isFinite(value));

/** What all runs say of one thing. */
export function cell(results, key, show) {
  const values = known(results.map((result) => result[key]));
  if (values.length === 0) return '–';
  if (values.length === 1) return show(values[0]);
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

export const medianOf = (results, key) => median(known(results.map((result) => result[key])));

const line = (cells) => `| ${cells.join(' | ')} |`;
export const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(line).join('\n');

/** What a delivery costs. */
export const COST_HEAD = ['CPU µs a delivery', 'Postgres, CPU µs a delivery', 'resident MB'];
export const costCells = (results) => [
  cell(results, 'senderCpu', whole),
  cell(results, 'postgresCpu', whole),
  cell(results, 'resident', megabytes),
];

/** A row of name, rate, ratio and cost. */
export const rateRow = (name, results) => [
  name,
  cell(results, 'perSecond', whole),
  cell(results, 'ratio', digits(2)),
  ...costCells(results),
];

/** A sentence, or none, for a number to hold. */
export function below(name, value, least) {
  const by = whole((1 - value / least) * 100);
  return value < least ? [`${name}: ${value.toFixed(2)}, ${by} % below the ${least} to hold.`] : [];
}

export function above(name, value, most, unit = '') {
  const by = whole((value / most - 1) * 100);
  return value > most
    ? [`${name}: ${digits(most < 10 ? 2 : 1)(value)}${unit}, ${by} % above the ${most}${unit} to hold.`]
    : [];
}
