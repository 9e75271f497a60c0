// Knows what was accepted and what arrived, and judges it. Pure: what it judges is a value, see `oracle.d.mts`.
import { Causes } from './causes.mjs';

/** @import { Arrival, Finding, Sent, Target, Trace, Verdict } from './oracle.mjs' */

const KEY = /"chaos":"([^"]+)"/;
const SHOWN = 160;

/**
 * @param {Trace} trace
 * @returns {Verdict}
 */
export function judge(trace) {
  const sent = new Map(trace.sent.map((update) => [update.key, update]));
  const targets = new Map(trace.targets.map((target) => [target.name, target]));
  const kept = new Set([...trace.deadLetters, ...trace.waiting].map(({ key, target }) => `${target} ${key}`));
  const { rightful, wrongWebhook, wrongBytes } = sortOut(trace.arrivals, sent, targets);
  const lost = [];
  const outOfOrder = [];
  let owed = 0;
  for (const target of trace.targets) {
    const due = trace.sent.filter((update) => isOwed(update, target));
    owed += due.length;
    const arrivalsOf = (update) => rightful.get(`${target.name} ${update.key}`) ?? [];
    for (const update of due) {
      if (arrivalsOf(update).some(isAcked) || kept.has(`${target.name} ${update.key}`)) continue;
      lost.push(
        finding(
          target.name,
          update,
          `${update.key} was accepted at ${time(update.acceptedAt)}: ${seen(arrivalsOf(update))}`,
        ),
      );
    }
    if (target.isOrdered) outOfOrder.push(...inversions(target, trace, arrivalsOf));
  }
  const { duplicates, unexplained } = duplicatesIn(trace, rightful, sent);
  return {
    lost,
    outOfOrder,
    wrongWebhook,
    wrongBytes,
    unexplained,
    duplicates,
    deadLetters: countBy(trace.deadLetters.map(({ reason }) => reason)),
    accepted: trace.sent.filter(({ acceptedAt }) => acceptedAt !== null).length,
    owed,
    arrived: trace.arrivals.length,
  };
}

/** By target and key, in their order, those that came to whom they are for, as they were sent. */
function sortOut(arrivals, sent, targets) {
  const rightful = new Map();
  const wrongWebhook = [];
  const wrongBytes = [];
  for (const arrival of arrivals) {
    const update = sent.get(KEY.exec(arrival.body)?.[1] ?? '');
    const target = targets.get(arrival.target);
    const said = `at ${time(arrival.at)} from ${arrival.process}: ${arrival.body.slice(0, SHOWN)}`;
    if (!update)
      wrongBytes.push({ target: arrival.target, subject: '', keys: [], what: `Nobody sent this, which came ${said}` });
    else if (!target || !mayGet(update, target)) wrongWebhook.push(finding(arrival.target, update, `It came ${said}`));
    else {
      if (arrival.body !== update.body) wrongBytes.push(finding(arrival.target, update, `It came changed ${said}`));
      const name = `${arrival.target} ${update.key}`;
      rightful.set(name, [...(rightful.get(name) ?? []), arrival]);
    }
  }
  return { rightful, wrongWebhook, wrongBytes };
}

const wants = (update, { type, requestIds }) =>
  update.type === type && (requestIds === null || requestIds.includes(update.requestId));

/** It was there before the update's first request until after its 202. */
const isOwed = (update, target) =>
  update.acceptedAt !== null &&
  wants(update, target) &&
  target.lives.some(({ from, to }) => from <= update.beganAt && (to === null || update.acceptedAt <= to));

/** Registered for it, be it while the update came in: a registration begins before its answer, and ends after its request. */
const mayGet = (update, target) => wants(update, target) && target.lives.length > 0;

const isAcked = ({ ackedAt }) => ackedAt !== null;

/**
 * Of each subject, those that arrived before one that had to leave first was delivered: its 202 had come before the request
 * with the other began, or it stood before it in one request. Left out is what became a dead letter or was replayed.
 * @param {Target} target
 */
function inversions(target, { sent, deadLetters, replayed }, arrivalsOf) {
  const replays = new Set(replayed);
  const dead = new Set(deadLetters.filter((letter) => letter.target === target.name).map(({ key }) => key));
  const subjects = new Map();
  for (const update of sent) {
    const arrivals = arrivalsOf(update);
    const acked = arrivals.find(isAcked);
    if (!acked || dead.has(update.key) || arrivals.some(({ webhookId }) => replays.has(webhookId))) continue;
    const step = { update, first: arrivals[0].at, delivered: acked.ackedAt };
    subjects.set(update.subject, [...(subjects.get(update.subject) ?? []), step]);
  }
  return [...subjects.values()]
    .flatMap((steps) => [...acrossRequests(steps), ...withinRequests(steps)])
    .map(({ earlier, later }) =>
      finding(
        target.name,
        later.update,
        `${later.update.key} arrived at ${time(later.first)}, before ${earlier.update.key} was delivered at ${time(earlier.delivered)}`,
        earlier.update,
      ),
    );
}

/** For each, of those accepted before its request began, the one that was delivered last is the one to ask. */
function acrossRequests(steps) {
  const accepted = steps
    .filter(({ update }) => update.acceptedAt !== null)
    .toSorted((a, b) => a.update.acceptedAt - b.update.acceptedAt);
  const last = [];
  for (const step of accepted) {
    const before = last.at(-1);
    last.push(before && before.delivered > step.delivered ? before : step);
  }
  return steps.flatMap((later) => {
    const count = accepted.findIndex(({ update }) => update.acceptedAt >= later.update.beganAt);
    const earlier = last[(count === -1 ? accepted.length : count) - 1];
    return earlier && earlier.delivered > later.first ? [{ earlier, later }] : [];
  });
}

function withinRequests(steps) {
  const inPlace = steps.toSorted((a, b) => a.update.batch - b.update.batch || a.update.position - b.update.position);
  return inPlace.flatMap((later, index) => {
    const earlier = inPlace[index - 1];
    const isTooEarly = earlier?.update.batch === later.update.batch && earlier.delivered > later.first;
    return isTooEarly ? [{ earlier, later }] : [];
  });
}

/** What arrived again although its receiver had answered with success. */
function duplicatesIn(trace, rightful, sent) {
  const causes = new Causes(trace);
  const duplicates = [];
  const unexplained = [];
  for (const [name, arrivals] of rightful) {
    let acked = null;
    for (const arrival of arrivals) {
      if (acked) {
        const [target, key] = name.split(' ');
        const isOrdered = trace.targets.some((one) => one.name === target && one.isOrdered);
        const cause = causes.of(acked, arrival, isOrdered ? sent.get(key).subject : key);
        if (cause) duplicates.push(cause);
        else {
          const what = `${key} arrived at ${time(acked.at)} from ${acked.process}, and again at ${time(arrival.at)} from ${arrival.process}`;
          unexplained.push(finding(target, sent.get(key), what));
        }
      }
      if (isAcked(arrival)) acked = arrival;
    }
  }
  return { duplicates: countBy(duplicates), unexplained };
}

/** @returns {Finding} */
const finding = (target, update, what, ...others) => ({
  target,
  subject: update.subject,
  keys: [update, ...others].map(({ key }) => key),
  what,
});

const time = (millis) => `${Math.round(millis)} ms`;

const seen = (arrivals) =>
  arrivals.length === 0 ? 'it never arrived' : `it arrived ${arrivals.length} times, and no answer was a success`;

function countBy(words) {
  const counts = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
