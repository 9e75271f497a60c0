// What is measured of all that send: how much arrives, and what that costs.
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMillis, familyCpuMillis, residentBytes } from './processes.mjs';

export const WARM_UP_MILLIS = 1_000;
/** Of a queue that nobody fills, the last few leave slowly: lanes run out one after the other. */
const NEARLY_ALL = 0.95;

/**
 * What arrives, and what it costs, from the end of the warm-up until the count that `untilEnd` returns.
 * @param pids `{sender, postgres}`; there may be several senders
 */
export async function measure(receiver, pids, untilEnd, warmUpFrom = 1, warmUpMillis = WARM_UP_MILLIS) {
  await receiver.reach(warmUpFrom);
  await pause(warmUpMillis);
  const [first, costBefore] = [await receiver.count(), costOf(pids)];
  const [last, costAfter] = [await untilEnd(), costOf(pids)];
  const deliveries = last.count - first.count;
  if (deliveries <= 0) throw new Error('The queue was empty when the warm-up ended: it needs more --seconds.');
  const each = (part) => ((costAfter[part] - costBefore[part]) / deliveries) * 1_000;
  return {
    perSecond: deliveries / ((last.at - first.at) / 1_000),
    /** µs. */
    senderCpu: each('sender'),
    postgresCpu: each('postgres'),
    resident: sum([pids.sender].flat().map(residentBytes)),
  };
}

const costOf = ({ sender, postgres }) => ({
  sender: sum([sender].flat().map(cpuMillis)),
  postgres: familyCpuMillis(postgres),
});
/** Not a number where one of them is unknown. */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The count after so many seconds. */
export const after = (seconds, receiver) => pause(seconds * 1_000).then(receiver.count);

/** The same, or that when a queue of so many deliveries is nearly empty. */
export const afterOrEmpty = (seconds, receiver, deliveries) =>
  Promise.race([after(seconds, receiver), receiver.reach(Math.floor(deliveries * NEARLY_ALL))]);
