// The webhooks of a round, and the receivers that stand behind them.

/** Tried again at due times of their own, without end. */
const constant = { policy: 'constant', delayMillis: 300 };
const exponential = { policy: 'exponential', delayMillis: 200, maxDelayMillis: 1_000, jitter: 0.5 };

/**
 * @typedef {object} Webhook
 * @property {string} name its id, and the path of its uri
 * @property {'steady' | 'flaky' | 'changing'} kind whether its receiver goes wrong, or it is changed itself
 * @property {string} type
 * @property {string[]} [requestIds] its filter
 * @property {object} [options] as the API takes them
 * @property {object} [receiver] see `receiver.mjs`
 */

/** @type {Webhook[]} */
export const WEBHOOKS = [
  { name: 'steady-requests', kind: 'steady', type: 'REQUEST' },
  { name: 'steady-tasks', kind: 'steady', type: 'TASK' },
  { name: 'steady-deploys', kind: 'steady', type: 'DEPLOY' },
  { name: 'some-requests', kind: 'steady', type: 'REQUEST', requestIds: ['r-1', 'r-4', 'r-7'] },
  { name: 'unordered', kind: 'steady', type: 'TASK', options: { order: 'none' } },
  { name: 'flaky-requests', kind: 'flaky', type: 'REQUEST' },
  { name: 'flaky-tasks', kind: 'flaky', type: 'TASK', options: { retry: constant } },
  { name: 'flaky-deploys', kind: 'flaky', type: 'DEPLOY', options: { retry: exponential } },
  { name: 'secure', kind: 'flaky', type: 'TASK', receiver: { isSecure: true, host: 'tls.chaos.test' } },
  { name: 'named', kind: 'flaky', type: 'DEPLOY', receiver: { host: 'named.chaos.test' } },
  { name: 'moving', kind: 'changing', type: 'REQUEST' },
  { name: 'pausing', kind: 'changing', type: 'TASK' },
  { name: 'passing', kind: 'changing', type: 'REQUEST' },
];

/** As builds have always known them. @type {Webhook[]} */
export const PLAIN_WEBHOOKS = WEBHOOKS.map(({ name, kind, type, receiver }) => ({ name, kind, type, receiver }));

/** The places of direct messages; the last one's receiver goes wrong. */
export const PLACES = ['message-0', 'message-1', 'message-flaky'];

/** The body of its registration. */
export function registration({ name, type, requestIds, options = {} }, uri) {
  const filter = requestIds ? { filter: { requestIds } } : {};
  return JSON.stringify({ id: name, type, uri, ...filter, ...options });
}

/** @returns {import('./oracle.mjs').Target} */
export const targetOf = ({ name, type, requestIds, options }) => ({
  name,
  type,
  requestIds: requestIds ?? null,
  isOrdered: options?.order !== 'none',
  lives: [],
});
