import { RETRY_POLICIES, type Retry } from '../updates/target.js';
import { fieldsOf, readFields, refuse } from './read-fields.js';
import { listOf, number, numberAbove, oneOf, Optional, Required, whole } from './rules.js';

const MOST_MILLIS = 30 * 24 * 3_600_000;
/** Shorter ones would have a receiver that fails tried again in a rush. */
const LEAST_MILLIS = 100;
const MOST_HOURS = 8_760;
const MOST_QUEUED = 10_000_000;
const delay = whole('milliseconds', LEAST_MILLIS, MOST_MILLIS);
const share = number(0, 1);

/** One class for each policy: what may stand beside `policy` (`updates/target.ts`). */
class Limited {
  @Required(oneOf(RETRY_POLICIES))
  policy: Retry['policy'];

  @Optional(numberAbove(0, MOST_HOURS))
  maxAgeHours?: number | null;

  @Optional(whole('deliveries', 0, MOST_QUEUED))
  maxQueued?: number | null;
}

class Poll extends Limited {
  @Optional(whole('attempts', 1, 1_000))
  maxAttempts?: number | null;
}

class Constant extends Poll {
  @Required(delay)
  delayMillis: number;

  @Optional(share)
  jitter?: number | null;
}

class Linear extends Constant {
  @Optional(delay)
  maxDelayMillis?: number | null;
}

class Exponential extends Linear {
  @Optional(number(1, 10))
  factor?: number | null;
}

/** The length of the schedule says how many attempts there are. */
class Schedule extends Limited {
  @Required(listOf('milliseconds, such as [1000, 60000]', 100, whole('milliseconds', 0, MOST_MILLIS)))
  delaysMillis: number[];

  @Optional(share)
  jitter?: number | null;

  @Optional(oneOf(['attempt', 'update']))
  from?: 'attempt' | 'update' | null;
}

const POLICIES = {
  poll: Poll,
  constant: Constant,
  linear: Linear,
  exponential: Exponential,
  schedule: Schedule,
} satisfies Record<Retry['policy'], new () => Limited>;

/** @throws InvalidInputError */
export function readRetry(given: Record<string, unknown>): Retry {
  const policy = RETRY_POLICIES.find((known) => known === given.policy);
  // Without a policy that is known, the field of that name is what is wrong.
  if (policy === undefined) readFields(Limited, { policy: given.policy }, 'retry.');
  const dto = POLICIES[policy ?? 'poll'];
  for (const name of Object.keys(given)) refuseOfOther(name, dto);
  const set = Object.entries(readFields(dto, given, 'retry.')).filter(([, value]) => value !== null);
  return Object.fromEntries(set) as unknown as Retry;
}

/** A field that another policy has is no slip of the pen. */
function refuseOfOther(name: string, dto: new () => Limited): void {
  if (fieldsOf(dto).includes(name)) return;
  const others = RETRY_POLICIES.filter((policy) => fieldsOf(POLICIES[policy]).includes(name));
  if (others.length === 0) return;
  const mine = RETRY_POLICIES.find((policy) => POLICIES[policy] === dto);
  const why =
    name === 'maxAttempts' ? 'whose delaysMillis say how many attempts there are' : `but with ${others.join(', ')}`;
  refuse(`retry.${name}`, ` doesn't go with policy ${mine}, ${why}: leave it out`);
}
