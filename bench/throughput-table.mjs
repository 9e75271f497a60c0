import { RIVALS } from './rivals.mjs';
import { below, cell, COST_HEAD, costCells, digits, medianOf, table, whole } from './tables.mjs';

const LEAST_OF_LOOP = 0.5;
const LEAST_OF_RIVAL = 1.5;

export function describeThroughput(results) {
  const { loop, queue, service, signed } = results;
  const ratio = digits(2);
  const own = (name, measured) => [
    name,
    cell(measured, 'perSecond', whole),
    cell(measured, 'ratio', ratio),
    '',
    '',
    ...costCells(measured),
  ];
  const rivals = Object.entries(RIVALS).map(([what, { name }]) => [
    name,
    cell(results[what], 'perSecond', whole),
    cell(results[what], 'ratio', ratio),
    cell(results[what], 'queueRatio', ratio),
    cell(results[what], 'serviceRatio', ratio),
    ...costCells(results[what]),
  ]);
  const rows = [
    own('bare `request()` loop', loop),
    own('queue alone', queue),
    own('whole service', service),
    own('whole service, signed', signed),
    ['to hold, of Hooktide', '', `≥ ${LEAST_OF_LOOP}`, `≥ ${LEAST_OF_RIVAL}`, `≥ ${LEAST_OF_RIVAL}`, '', '', ''],
    ...rivals,
  ];
  return {
    tables: [table(['', 'deliveries/s', '÷ loop', 'queue alone ÷ it', 'whole service ÷ it', ...COST_HEAD], rows)],
    missed: [
      ...below('queue alone ÷ loop', medianOf(queue, 'ratio'), LEAST_OF_LOOP),
      ...below('whole service ÷ loop', medianOf(service, 'ratio'), LEAST_OF_LOOP),
      ...Object.entries(RIVALS).flatMap(([what, { name }]) =>
        below(`whole service ÷ ${name}`, medianOf(results[what], 'serviceRatio'), LEAST_OF_RIVAL),
      ),
    ],
  };
}
