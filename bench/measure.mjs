// What is measured of all that send: how much arrives, and what that costs.
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMillis, familyCpuMillis, residentBytes } from './processes.mjs';

export const WARM_UP_MILLIS = 1_000;

/** What arrives, and what it costs, from the end of the warm-up until the count that `untilEnd` returns. */
export async function measure(receiver, pids, untilEnd, warmUpFrom = 1) {
  await receiver.reach(warmUpFrom);
  await pause(WARM_UP_MILLIS);
  const [first, costBefore] = [await receiver.count(), costOf(pids)];
  const [last, costAfter] = [await untilEnd(), costOf(pids)];
  const deliveries = last.count - first.count;
  if (deliveries <= 0) throw new Error('The queue was empty when the warm-up ended: it needs more --seconds.');
  const perThousand = (part) => (costAfter[part] - costBefore[part]) / (deliveries / 1_000);
  return {
    perSecond: deliveries / ((last.at - first.at) / 1_000),
    senderCpu: perThousand('sender'),
    postgresCpu: perThousand('postgres'),
    resident: residentBytes(pids.sender),
  };
}

const costOf = ({ sender, postgres }) => ({ sender: cpuMillis(sender), postgres: familyCpuMillis(postgres) });
/** The count after so many seconds. */
export const after = (seconds, receiver) => pause(seconds * 1_000).then(receiver.count);
