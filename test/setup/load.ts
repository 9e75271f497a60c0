import { setTimeout as pause } from 'node:timers/promises';
import { judgeArrivals, type Judgement } from './arrivals.js';
import { call } from './hooktide.js';
import type { Received } from './receivers.js';
import { requestOf, requestUpdate } from './updates.js';
import { until } from './until.js';

/** What a plain client tries again: nobody listens there, or it is asked to. */
const AGAIN = ['ECONNREFUSED', '503'];
const AGAIN_MILLIS = 20;
const ASK_EVERY_MILLIS = 100;
const NEXT_MILLIS = 10;

/** Updates that come in all the time, each subject's one after the other. */
export interface Load {
  /** How many were accepted so far, by subject. */
  accepted: Map<string, number>;
  /** How often it was tried again, by the status or the code of the error. */
  again: Map<string, number>;
  /** What a plain client would not have tried again. It was, too. */
  failures: string[];
  /** Ends when the updates under way are accepted. */
  stop(): Promise<void>;
  /** Ends though they may never be. */
  abandon(): Promise<void>;
}

/**
 * Posts updates of these subjects; the next one of a subject follows the 202 of the one before. Each has an idempotency
 * id, so that what is sent twice is accepted once.
 * @param urlOf where to send the next request; null: nowhere at the moment
 */
export function startLoad(subjects: readonly string[], urlOf: () => string | null): Load {
  const [accepted, again, failures] = [new Map<string, number>(), new Map<string, number>(), [] as string[]];
  const state = { isOver: false, isAbandoned: false };
  const post = async (subject: string, number: number): Promise<void> => {
    const update = { ...requestUpdate(subject, number), id: `${subject} ${number}` };
    while (!state.isAbandoned) {
      const found = await ask(urlOf(), update);
      if (found === '202') return;
      again.set(found, (again.get(found) ?? 0) + 1);
      if (!AGAIN.includes(found)) failures.push(`${subject} ${number}: ${found}`);
      await pause(AGAIN_MILLIS);
    }
  };
  const repeat = async (subject: string): Promise<void> => {
    for (let number = 1; !state.isOver; number += 1) {
      await post(subject, number);
      if (state.isAbandoned) return;
      accepted.set(subject, number);
      // The service is to be under load, and the machine that tests it not at its limit.
      await pause(NEXT_MILLIS);
    }
  };
  const loops = subjects.map(repeat);
  const stop = async (): Promise<void> => {
    state.isOver = true;
    await Promise.all(loops);
  };
  const abandon = (): Promise<void> => {
    state.isAbandoned = true;
    return stop();
  };
  return { accepted, again, failures, stop, abandon };
}

/** The status, or the code of the error. */
async function ask(url: string | null, update: object): Promise<string> {
  if (url === null) return '503';
  try {
    return String((await call(url, 'POST', '/api/updates', update)).status);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code ?? String(error);
  }
}

/** Waits until all that was accepted has arrived at each path, and judges what came. */
export function untilAllArrived(
  { accepted }: Load,
  requests: readonly Received[],
  paths: readonly string[],
  withinMillis: number,
): Promise<Judgement> {
  const total = paths.length * [...accepted.values()].reduce((sum, count) => sum + count, 0);
  return until(() => {
    if (requests.length < total) return false;
    const bySubject = new Map<string, Received[]>();
    for (const request of requests) {
      const subject = requestOf(request.body);
      const its = bySubject.get(subject);
      if (its) its.push(request);
      else bySubject.set(subject, [request]);
    }
    const verdicts = [...accepted].map(([subject, count]) =>
      judgeArrivals(bySubject.get(subject) ?? [], paths, [subject], count),
    );
    if (verdicts.some(({ lost }) => lost.length > 0)) return false;
    return {
      lost: [],
      outOfOrder: verdicts.flatMap(({ outOfOrder }) => outOfOrder),
      duplicates: verdicts.reduce((sum, { duplicates }) => sum + duplicates, 0),
    };
  }, withinMillis);
}

/** Sends requests in turn to those of the urls that say they are ready, as a load balancer would. */
export interface Balancer {
  next(): string | null;
  stop(): Promise<void>;
}

const isReady = (url: string) =>
  call(url, 'GET', '/readyz')
    .then(({ status }) => status === 200)
    .catch(() => false);

export function startBalancer(urls: () => readonly string[]): Balancer {
  const state = { isOver: false };
  let [ready, turn]: [string[], number] = [[], 0];
  const watch = async (): Promise<void> => {
    while (!state.isOver) {
      const asked = urls();
      const answers = await Promise.all(asked.map(isReady));
      ready = asked.filter((_, index) => answers[index]);
      await pause(ASK_EVERY_MILLIS);
    }
  };
  const watching = watch();
  return {
    next: () => ready[(turn += 1) % Math.max(1, ready.length)] ?? null,
    stop: () => {
      state.isOver = true;
      return watching;
    },
  };
}
