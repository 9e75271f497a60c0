// Receivers that go wrong, each beside others that don't: those have to get theirs meanwhile.
import { now } from '../clock.mjs';
import { BEHAVIOURS } from '../receiver.mjs';
import { until } from '../until.mjs';

const FLAKY = ['flaky-requests', 'flaky-tasks', 'flaky-deploys', 'message-flaky'];
const LASTS = [1_000, 4_000];
/** However slow the machine is, and whatever else goes wrong at this time. */
const STARVED_MILLIS = 90_000;

/** Is over only once a steady webhook got something that was accepted after it had begun. */
async function untilOthersGot(world, kind, since) {
  const fresh = () => new Set(world.trace.sent.filter((update) => update.acceptedAt > since).map(({ body }) => body));
  const gotOne = () => {
    const bodies = fresh();
    return world.trace.arrivals.some(
      ({ target, ackedAt, at, body }) =>
        at > since && ackedAt !== null && target.startsWith('steady-') && bodies.has(body),
    );
  };
  await until(() => world.isEnding || gotOne(), STARVED_MILLIS, 'nothing').catch(() =>
    world.findings.push({
      target: 'steady',
      subject: '',
      keys: [],
      what: `While a receiver ${kind}, the others got nothing`,
    }),
  );
}

const goesWrong = (names, kind, begin) => ({
  lasts: LASTS,
  draw: (random) => ({ on: random.pick(names) }),
  async begin(world, { on }) {
    const receiver = world.receivers.get(on);
    const since = now();
    const lift = await begin(receiver, world, on);
    return async () => {
      await untilOthersGot(world, kind, since);
      await lift();
    };
  },
});

const behaves = (behaviour) => async (receiver) => {
  receiver.behaviour = BEHAVIOURS[behaviour];
  return async () => void (receiver.behaviour = null);
};

const resumes = async (receiver, world, on) => {
  receiver.behaviour = BEHAVIOURS['answers 410'];
  return async () => {
    receiver.behaviour = null;
    if (on.startsWith('flaky')) await world.api.ask('POST', `/api/webhooks/${on}/resume`);
  };
};

/** @type {import('./catalogue.mjs').Faults} */
export const RECEIVER_FAULTS = {
  ...Object.fromEntries(
    Object.keys(BEHAVIOURS)
      .filter((kind) => kind !== 'answers 410')
      .map((kind) => [`receiver ${kind}`, goesWrong(FLAKY, kind, behaves(kind))]),
  ),
  'receiver answers 410': goesWrong(FLAKY, 'answers 410', resumes),
  'receiver refuses connections': goesWrong(FLAKY, 'refuses connections', async (receiver) => {
    await receiver.close();
    return () => receiver.listen();
  }),
  'receiver is slow to shake hands': goesWrong(['secure'], 'is slow to shake hands', async (receiver) => {
    receiver.isSlowToShakeHands = true;
    receiver.hangUp();
    return async () => void (receiver.isSlowToShakeHands = false);
  }),
  'receiver has a wrong certificate': goesWrong(['secure'], 'has a wrong certificate', async (receiver) => {
    receiver.present('stranger');
    return async () => receiver.present('receiver');
  }),
  'receiver loses its name': goesWrong(['named'], 'loses its name', async (receiver, { fleet }) => {
    fleet.tell({ lostNames: [receiver.host] });
    receiver.hangUp();
    return async () => fleet.tell({ lostNames: [] });
  }),
};
