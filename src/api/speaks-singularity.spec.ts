import { expect, it } from 'vitest';
import { speaksSingularity } from './speaks-singularity.js';

const singularity: [method: string, url: string][] = [
  ['GET', '/api/webhooks'],
  ['GET', '/api/webhooks/'],
  ['POST', '/api/webhooks'],
  ['DELETE', '/api/webhooks?webhookId=x'],
  ['DELETE', '/api/webhooks/x'],
  ['DELETE', '/api/webhooks/pause'],
  ['GET', '/api/webhooks/summary'],
  ['HEAD', '/api/webhooks/summary'],
  ['GET', '/api/webhooks/request?webhookId=x'],
  ['GET', '/api/webhooks/deploy/x'],
  ['GET', '/API/Webhooks/Task/x/'],
  ['GET', '/api/webhooks/elevated-access/'],
  // The waiting updates of a webhook whose id is "pause".
  ['GET', '/api/webhooks/task/pause'],
  ['GET', '/api/disasters/disabled-actions'],
  ['POST', '/api/disasters/disabled-actions/ADD_WEBHOOK'],
  ['DELETE', '/api/disasters/disabled-actions/ADD_WEBHOOK?user=x'],
  ['PATCH', '/api/disasters/disabled-actions'],
  // No route answers these; the path is Singularity's.
  ['PUT', '/api/webhooks'],
  ['PATCH', '/api/webhooks'],
  ['POST', '/api/webhooks/x'],
  ['PUT', '/api/webhooks/x'],
  ['GET', '/api/webhooks/crashloop/x'],
  ['GET', '/api/webhooks/x/pause'],
  ['DELETE', '/api/webhooks/TASK-http://localhost:3000/webhook/task'],
  ['GET', '/api/disasters'],
];
it.each(singularity)("in Singularity's shapes: %s %s", (method, url) => {
  expect(speaksSingularity(method, url)).toBe(true);
});

const own: [method: string, url: string][] = [
  ['GET', '/api/webhooks/x'],
  ['HEAD', '/api/webhooks/x'],
  ['GET', '/API/webhooks/x/?a=/b'],
  ['GET', '/api/webhooks/TASK-http%3A%2F%2Fh%2F'],
  ['GET', '/api/webhooks/summary2'],
  ['GET', '/api/webhooks/crashloop'],
  ['PATCH', '/api/webhooks/x'],
  ['POST', '/api/webhooks/x/pause'],
  ['POST', '/api/webhooks/x/resume/'],
  ['POST', '/api/webhooks/x/test?a=b'],
  // Fixed routes win where there are any: these reach the webhooks with such an id.
  ['PATCH', '/api/webhooks/summary'],
  ['POST', '/api/webhooks/task/pause'],
  ['POST', '/api/updates'],
  ['GET', '/api/dead-letters?webhookId=/api/webhooks'],
  ['GET', '/api/webhooks2'],
  ['GET', '/api'],
  ['GET', '/'],
  ['GET', '/healthz'],
  ['GET', '/docs/api/webhooks'],
];
it.each(own)('as problem details: %s %s', (method, url) => {
  expect(speaksSingularity(method, url)).toBe(false);
});
