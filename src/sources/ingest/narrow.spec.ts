import { expect, it } from 'vitest';
import { ForbiddenError } from '../../auth/forbidden.error.js';
import { readUpdates } from '../../updates/read-updates.js';
import { narrow } from './narrow.js';

const LIMITS = { maxPayloadBytes: 1_000, maxUpdatesPerRequest: 10 };
const payload = '{"createdAt": 1.0e3, "eventType":"UPDATED","request":{"id":"r"}}';
const update = (application?: string) =>
  `{"type":"REQUEST","payload":${payload}${application === undefined ? '' : `,"application":${JSON.stringify(application)}`}}`;
const read = (...applications: (string | undefined)[]) => readUpdates(`[${applications.map(update).join()}]`, LIMITS);
const web = { name: 'ci', application: 'web' };

it('leaves alone what somebody sends who may send for any application', () => {
  const updates = read(undefined, 'web');
  expect(narrow(updates, { name: 'ci', application: null })).toBe(updates);
});

it('fills in the application, and leaves the payload as it came', () => {
  const narrowed = narrow(read(undefined, 'web'), web);
  expect(narrowed.map(({ application }) => application)).toEqual(['web', 'web']);
  expect(narrowed.map((one) => one.payload)).toEqual([payload, payload]);
});

it.each(['Web', 'web ', 'other'])('refuses all of it where one names another: %j', (other) => {
  expect(() => narrow(read(undefined, other), web)).toThrow(ForbiddenError);
});
