import { MOST_COUNTED, type DeliveryRow } from '../queue/sql/delivery-view.js';
import type { Reason } from '../updates/outcome.js';

/** Why something is as it is: a stable code, and a sentence for a person. */
export interface Why {
  code: string;
  detail: string;
}

/** Postgres' clock, and the grid of polls on it. */
export interface Clock {
  now: Date;
  nextPoll: Date;
  everyMillis: number;
}

export type Waiting = Pick<
  DeliveryRow,
  | 'type'
  | 'attempts'
  | 'waitingSince'
  | 'lastTriedAt'
  | 'dueAt'
  | 'closedAt'
  | 'pausedAt'
  | 'disabledAt'
  | 'disabledReason'
  | 'retry'
  | 'restingUntil'
  | 'failingSince'
  | 'leasedBy'
  | 'blockedBy'
  | 'blockerDueAt'
  | 'blockerAttempts'
  | 'before'
  | 'isAlone'
  | 'outcome'
>;

/** Why a delivery waits, and when it is tried next at the earliest; null: that depends on somebody, or on others. */
export interface WhyWaiting {
  why: Why;
  nextTryAt: Date | null;
}

/** One may be under way, and a busy dispatcher late for another. */
const MISSED_POLLS = 3;

/** The first reason that holds, from what concerns the whole webhook to the delivery's own turn. Pure. */
export function whyWaiting(delivery: Waiting, clock: Clock): WhyWaiting {
  for (const explain of [whatHoldsUp, whatRests, whatComesFirst, whatFails, whatFailed]) {
    const found = explain(delivery, clock);
    if (found) return orNobody(found, delivery, clock);
  }
  return orNobody(whoseTurn(delivery, clock), delivery, clock);
}

/** What is due, and nobody comes for it. After a rest a poll tries one delivery of many, so that says nothing of the others. */
function orNobody(found: WhyWaiting, delivery: Waiting, { now, everyMillis }: Clock): WhyWaiting {
  const { waitingSince, lastTriedAt, dueAt: due, restingUntil, leasedBy, isAlone } = delivery;
  if (found.nextTryAt === null || leasedBy || (restingUntil && !isAlone)) return found;
  const since = Math.max(...[waitingSince, lastTriedAt, due, restingUntil].map((time) => time?.getTime() ?? 0));
  if (now.getTime() - since <= MISSED_POLLS * everyMillis) return found;
  const { code, detail } = found.why;
  const nobody = `No dispatcher has come for ${MISSED_POLLS} polls, though it was due: is a process with the role dispatch running?`;
  return because(code, `${detail}. ${nobody}`, found.nextTryAt);
}

type Explain = (delivery: Waiting, clock: Clock) => WhyWaiting | null;

const because = (code: string, detail: string, nextTryAt: Date | null): WhyWaiting => ({
  why: { code, detail },
  nextTryAt,
});
const at = (time: Date): string => time.toISOString();
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** A direct message is owed to the lane of its origin: nobody registered a webhook for it. */
const lane = ({ type }: Waiting): string => (type === 'MESSAGE' ? 'lane of its origin' : 'webhook');

const whatHoldsUp: Explain = (delivery) => {
  const { closedAt, pausedAt, disabledAt, disabledReason } = delivery;
  if (closedAt) {
    const detail = `The ${lane(delivery)} was deleted at ${at(closedAt)}: this becomes a dead letter in a moment`;
    return because('deleted', detail, null);
  }
  if (pausedAt) return because('paused', `The ${lane(delivery)} is paused since ${at(pausedAt)}: resume it`, null);
  if (!disabledAt) return null;
  const detail =
    disabledReason === 'failing'
      ? `The ${lane(delivery)} was disabled at ${at(disabledAt)}, after it had failed for disableFailingWebhooksAfterHours: resume it when its receiver is back`
      : `The receiver answered 410 Gone at ${at(disabledAt)}, which disables the ${lane(delivery)}: resume it if that was wrong`;
  return because('disabled', detail, null);
};

const whatRests: Explain = ({ restingUntil }, clock) => {
  if (!restingUntil) return null;
  const probe = pollAt(restingUntil, clock);
  const asked = `The receiver asked by Retry-After to be left alone until ${at(restingUntil)}`;
  return because(
    'resting',
    `${asked}. At ${at(probe)} one delivery is tried, and the others follow if it arrives`,
    probe,
  );
};

const whatComesFirst: Explain = ({ blockedBy, blockerDueAt, blockerAttempts }, clock) => {
  if (blockedBy === null) return null;
  const failed = `Delivery ${blockedBy}, of the same subject, has failed ${times(blockerAttempts ?? 1)} and comes first`;
  return because('blocked', `${failed}: it is tried again at ${at(dueAt(blockerDueAt, clock))}`, null);
};

/** A webhook with a retry policy of its own is not reduced to one delivery a poll. */
const whatFails: Explain = ({ failingSince, retry, isAlone, outcome }, { nextPoll }) => {
  if (!failingSince || (retry && retry.policy !== 'poll')) return null;
  const probe = `one of its deliveries is tried at each poll, next at ${at(nextPoll)}, and all follow once one arrives`;
  const detail = `The webhook is failing since ${at(failingSince)}: ${probe}${whatHelps(outcome)}`;
  return because('failing', detail, isAlone ? nextPoll : null);
};

const whatFailed: Explain = ({ type, attempts, dueAt: due, outcome }, clock) => {
  if (attempts === 0) return null;
  const next = dueAt(due, clock);
  const policy = type === 'MESSAGE' ? 'by its own retry policy' : 'by the retry policy of the webhook';
  const when = due ? policy : 'at the next poll';
  const again = `It has failed ${times(attempts)}, and is tried again ${when}: at ${at(next)}`;
  return because('retry', again + whatHelps(outcome), next);
};

/** Where trying again doesn't help by itself. */
const HELP: Partial<Record<Reason, string>> = {
  unreadable_secrets:
    'Nothing was sent, as what is secret of it could not be read: give every process the keys that sealed it, in secrets.keysFile',
  token_refused:
    'Nothing was sent, as the token server gave no token: look at the auth of the webhook, and at that server',
};

function whatHelps(outcome: Waiting['outcome']): string {
  const help = outcome && HELP[outcome.reason];
  return help === undefined || help === null ? '' : `. ${help}`;
}

function whoseTurn({ type, leasedBy, before }: Waiting, { nextPoll }: Clock): WhyWaiting {
  const count = before < MOST_COUNTED ? before : `${MOST_COUNTED} or more`;
  const [those, whom] =
    type === 'MESSAGE'
      ? ['Messages to its origin that wait since before', 'origin']
      : ['Deliveries of this webhook that come before it', 'webhook'];
  const queue = `${those}: ${count}`;
  if (leasedBy) {
    const detail = `${queue}. ${leasedBy} is sending to the ${whom}: it is on its way, or goes when its turn comes`;
    return because('in_line', detail, null);
  }
  return because(
    'in_line',
    `${queue}. It goes as soon as a dispatcher takes the ${whom} on, next at the poll at ${at(nextPoll)}`,
    nextPoll,
  );
}

/** When a failed delivery is due: what is overdue is tried as soon as somebody gets to it. */
function dueAt(due: Date | null, { now, nextPoll }: Clock): Date {
  if (due === null) return nextPoll;
  return due < now ? now : due;
}

/** The first poll at or after a time. */
function pollAt(time: Date, { nextPoll, everyMillis }: Clock): Date {
  const polls = Math.max(0, Math.ceil((time.getTime() - nextPoll.getTime()) / everyMillis));
  return new Date(nextPoll.getTime() + polls * everyMillis);
}
