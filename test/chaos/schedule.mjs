// What goes wrong when: a pure function of the seed.
import { FAMILIES, FAULTS } from './faults/catalogue.mjs';
import { createRandom } from './random.mjs';

const ROUND_SECONDS = 60;
const FIRST_MILLIS = 1_500;
/** Of a round, the share in which faults come one after the other; then they meet. */
const ALONE = 0.4;
const GAP_MILLIS = [200, 1_200];
const TRIES = 50;

/** @import { Round, Wish } from './schedule.mjs' */

/**
 * @param {Wish} wish
 * @returns {Round[]}
 */
export function plan({ seed, seconds, only = [] }) {
  const count = Math.max(1, Math.round(seconds / ROUND_SECONDS));
  return Array.from({ length: count }, (_, index) => {
    const name = nameOf(index, count, only);
    const round = { name, number: index + 1, seed: `${seed} ${index}`, millis: Math.round((seconds * 1_000) / count) };
    const knows = name === 'upgrade' ? 'what both builds know' : 'all';
    const kinds = kindsOf(name, only);
    return { ...round, knows, faults: [...draw(round, kinds), ...(name === 'upgrade' ? [upgrade(round)] : [])] };
  });
}

/** Each family names a round of its own; every third of a longer run is an upgrade. */
function nameOf(index, count, only) {
  if (only.includes('upgrade')) return 'upgrade';
  return only.length === 0 && count > 1 && index % 3 === 1 ? 'upgrade' : 'mixed';
}

function kindsOf(name, only) {
  const wanted = only
    .flatMap((word) => (FAMILIES[word] ? Object.keys(FAMILIES[word]) : [word]))
    .filter((kind) => kind !== 'upgrade');
  const kinds = wanted.length > 0 || only.length > 0 ? wanted : Object.keys(FAULTS);
  const unknown = kinds.find((kind) => !FAULTS[kind]);
  if (unknown)
    throw new Error(
      `There is no fault or family "${unknown}". There are: ${[...Object.keys(FAMILIES), ...Object.keys(FAULTS)].join(', ')}`,
    );
  return name === 'upgrade' ? kinds.filter((kind) => !FAMILIES.sns[kind]) : kinds;
}

/** Deals all kinds before it deals one again; what befalls processes twice as often as what befalls receivers. */
function draw({ seed, millis }, kinds) {
  const random = createRandom(seed, 'faults');
  const faults = [];
  const busyUntil = new Map();
  let deck = [];
  for (let at = FIRST_MILLIS; at < millis && kinds.length > 0;) {
    if (deck.length === 0) deck = random.shuffle([...kinds, ...kinds.filter((kind) => FAMILIES.processes[kind])]);
    const kind = deck.pop();
    const fault = drawFree(random, kind, at, busyUntil);
    const end = fault.at + fault.lasts;
    busyUntil.set(fault.on, end + (FAULTS[kind].rests ?? 0));
    if (fault.at < millis) faults.push(fault);
    at = (at < millis * ALONE ? end : at) + random.whole(...GAP_MILLIS);
  }
  return faults;
}

/** Where all that it could concern is taken, it waits. */
function drawFree(random, kind, at, busyUntil) {
  const { lasts, draw } = FAULTS[kind];
  let fault;
  for (let tries = 0; tries < TRIES; tries += 1) {
    fault = { kind, at, lasts: random.whole(...lasts), ...draw(random) };
    if ((busyUntil.get(fault.on) ?? 0) <= at) return fault;
  }
  return { ...fault, at: busyUntil.get(fault.on) };
}

const upgrade = ({ millis }) => ({
  kind: 'upgrade',
  on: 'builds',
  at: Math.round(millis * 0.25),
  lasts: Math.round(millis * 0.3),
});
