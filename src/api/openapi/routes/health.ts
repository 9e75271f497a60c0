import type { Route } from '../route.js';
import { object, text } from '../schema.js';

const tag = 'Health';
const ok = { status: { const: 'ok', description: 'Always `ok`.' } };

export const HEALTH: Route[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'isAlive',
    tag,
    summary: 'Does the process live?',
    description: 'For a liveness probe. It asks nothing of the database: restarting Hooktide does not mend that.',
    isPublic: true,
    status: 200,
    answer: { description: 'It lives.', schema: object('That it lives.', ok) },
    examples: { alive: { summary: 'Ask', answer: { status: 'ok' } } },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'isReady',
    tag,
    summary: 'Does the process take work?',
    description: 'For a readiness probe: 200 while the database answers, else 503.',
    isPublic: true,
    status: 200,
    answer: { description: 'It takes work.', schema: object('That it takes work.', ok) },
    otherAnswers: {
      503: {
        description: 'It takes none, and says why.',
        content: {
          'application/json': {
            schema: object('That it takes none.', {
              status: { const: 'unready', description: 'Always `unready`.' },
              why: text('Why, for a person.'),
            }),
            examples: { unready: { value: { status: 'unready', why: 'The database does not answer.' } } },
          },
        },
      },
    },
    examples: { ready: { summary: 'Ask', answer: { status: 'ok' } } },
  },
];
