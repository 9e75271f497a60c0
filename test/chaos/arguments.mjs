// What is asked for on the command line.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './builds.mjs';
import { PLANTS } from './plants.mjs';
import { plan } from './schedule.mjs';

const USAGE = `npm run chaos -- [--seed 1] [--minutes 5 | --seconds 300] [--only <faults or families, by commas>] [--json]
    [--plant ${Object.keys(PLANTS).join('|')}] [--build <folder with a dist/ in it>]`;

export class MisuseError extends Error {}

/** @throws MisuseError with what was wrong, and how it is used */
export function read() {
  try {
    return understand();
  } catch (error) {
    throw new MisuseError(`${String(error.message)}\n${USAGE}`, { cause: error });
  }
}

function understand() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const options = { seed: text, minutes: text, seconds: text, only: text, plant: text, build: text, json: flag };
  const { seed = '1', minutes = '5', seconds, only, plant, build, json = false } = parseArgs({ options }).values;
  const wish = {
    seed,
    seconds: Number(seconds ?? Number(minutes) * 60),
    only: only?.split(',').map((word) => word.trim()) ?? [],
    plant,
  };
  if (!(wish.seconds >= 1)) throw new Error('A run takes one second or more.');
  if (plant !== undefined && !PLANTS[plant]) throw new Error(`There is no plant "${String(plant)}".`);
  return { wish, rounds: plan(wish), isJson: json, build: resolve(build ?? ROOT) };
}

/** The command that does the same again. */
export function commandOf({ seed, seconds, only, plant }) {
  const args = [`--seed ${seed}`, `--seconds ${seconds}`];
  if (only.length > 0) args.push(`--only "${only.join()}"`);
  if (plant) args.push(`--plant ${plant}`);
  return `npm run chaos -- ${args.join(' ')}`;
}
