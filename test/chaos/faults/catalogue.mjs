// All that can go wrong.
import { CLOCK_FAULTS } from './clocks.mjs';
import { NETWORK_FAULTS } from './network.mjs';
import { POSTGRES_FAULTS } from './postgres.mjs';
import { PROCESS_FAULTS } from './processes.mjs';
import { RECEIVER_FAULTS } from './receivers.mjs';
import { REGISTRY_FAULTS } from './registry.mjs';
import { SNS_FAULTS } from './sns.mjs';
import { UPGRADE } from './upgrade.mjs';

/**
 * @typedef {object} Kind
 * @property {[number, number]} lasts for so many milliseconds
 * @property {number} [rests] how long nothing goes wrong there afterwards, in milliseconds
 * @property {(random: import('../random.mjs').Random) => { on: string }} draw what else there is to choose; of `on`, one goes
 *   wrong at a time
 * @property {(world: object, fault: object) => Promise<(() => unknown) | void>} begin answers with what ends it
 * @typedef {Record<string, Kind>} Faults
 */

/** By family: one is left out where its subject is. @type {Record<string, Faults>} */
export const FAMILIES = {
  processes: PROCESS_FAULTS,
  postgres: POSTGRES_FAULTS,
  network: NETWORK_FAULTS,
  receivers: RECEIVER_FAULTS,
  sns: SNS_FAULTS,
  clocks: CLOCK_FAULTS,
  registry: REGISTRY_FAULTS,
};

/** @type {Faults} */
export const FAULTS = Object.assign({}, ...Object.values(FAMILIES));

/** Those that no deck holds, too. @type {Faults} */
export const ALL = { ...FAULTS, upgrade: UPGRADE };
