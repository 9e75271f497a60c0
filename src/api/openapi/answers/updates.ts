import { DELIVERED, ENDED_AT, EVENT_47, NOT_DELIVERED, RELEASE_42 } from './deliveries.js';

/** In 2019: beyond the age limit, so that what fails becomes a dead letter at once. */
export const TIME = 1568218080000;

const UPDATE_42 = {
  id: RELEASE_42,
  clientId: 'release-42',
  type: 'DEPLOY',
  state: 'STARTING',
  requestId: 'web',
  deployId: '42',
  taskId: null,
  userId: null,
  application: null,
  subject: 'web/42',
  occurredAt: '2019-09-11T16:08:00.000Z',
  acceptedAt: ENDED_AT,
  deliveries: { waiting: 0, delivered: 1, dropped: 1 },
};
/** The payload of a deploy that begins. */
export const starting = (requestId: string, deployId: string): object => ({
  deployMarker: { requestId, deployId, timestamp: TIME, user: 'ada' },
  eventType: 'STARTING',
});

export const LIST = { items: [UPDATE_42], next: null };

export const DETAILS = { update: UPDATE_42, deliveries: { items: [DELIVERED, NOT_DELIVERED], next: null } };

export const WHY_NOT = {
  update: {
    ...UPDATE_42,
    id: EVENT_47,
    clientId: '/ci 47',
    requestId: 'shop',
    deployId: '47',
    subject: 'shop/47',
    deliveries: { waiting: 0, delivered: 0, dropped: 1 },
    payload: starting('shop', '47'),
  },
  deliveries: {
    items: [
      {
        id: null,
        state: 'none',
        webhookId: 'web-deploys',
        why: {
          code: 'filter_request_id',
          detail: 'Its filter lets request ids "web", "web-*" pass, and the update has "shop"',
        },
      },
    ],
    next: null,
  },
};

export const QUEUED = [starting('shop', '47'), starting('web', '42')];
