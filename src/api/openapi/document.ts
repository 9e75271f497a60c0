import { VERSION } from '../../config/version.js';
import { refusalComponents } from './refusals.js';
import { toOperation, type Route } from './route.js';
import { AUDIT } from './routes/audit.js';
import { DEAD_LETTERS } from './routes/dead-letters.js';
import { DELIVERIES } from './routes/deliveries.js';
import { HEALTH } from './routes/health.js';
import { HOOK_SLINGER } from './routes/hook-slinger.js';
import { JOBS } from './routes/jobs.js';
import { MESSAGES, PROCESSES } from './routes/messages.js';
import { METRICS } from './routes/metrics.js';
import { QUEUED } from './routes/queued.js';
import { REGISTRY } from './routes/registry.js';
import { SAIL, SAIL_SCHEMAS } from './routes/sail.js';
import { SIGNATURES } from './routes/signatures.js';
import { SWITCHES } from './routes/switches.js';
import { TOKENS } from './routes/tokens.js';
import { UPDATES } from './routes/updates.js';
import { WEBHOOKS } from './routes/webhooks.js';
import { AUDIT_SCHEMAS } from './schemas/audit.js';
import { DELIVERY_SCHEMAS } from './schemas/delivery.js';
import { JOB_SCHEMAS } from './schemas/job.js';
import { MESSAGE_SCHEMAS } from './schemas/message.js';
import { PAYLOAD_SCHEMAS } from './schemas/payload.js';
import { PROBLEM_SCHEMAS } from './schemas/problem.js';
import { TOKEN_SCHEMAS } from './schemas/token.js';
import { UPDATE_SCHEMAS } from './schemas/update.js';
import { OPTION_SCHEMAS } from './schemas/webhook-options.js';
import { WEBHOOK_SCHEMAS } from './schemas/webhook.js';

const ABOUT = `
Hooktide tells whoever wants to know what changes in a container platform: updates come in by \`POST /api/updates\`, and each is delivered to every webhook that wants it, in order and at least once.

**Try it.** Start it with \`npm start\`, and in another terminal a receiver with \`npm run receiver\`. On a fresh database the examples work when they are pasted in the order of this page, and are answered as it says, but for times and generated ids. Their updates are of 2019, beyond the age limit: so what fails becomes a dead letter after one attempt. Paste a command once more if what it tells of is still under way. A generated id in a command stands for the one that came before.

**Errors** of Hooktide's own routes are problem details (RFC 9457) with a stable \`code\`; those of Singularity's routes have the shapes that its clients know.

**Lists** come in pages of \`limit\` (100, at most 1 000): \`{"items": […], "next": …}\`. Give \`next\` as \`after\` for the page that follows, with the same filters; null: there is none. An unknown parameter is refused.

**Times** are ISO 8601 in UTC; in payloads and in Singularity's fields they are epoch milliseconds.

**Tokens.** Where none is asked for everybody may call. With \`auth.mode: token\`, \`auth.tokenFile\` or \`auth.jwt\`, send \`Authorization: Bearer <token>\`; the word \`Token\` is taken for \`Bearer\`. Sail's routes take the token as the password of HTTP Basic, too. What reads takes the scope \`read\`, what sends updates or messages \`ingest\`, the switches, tokens and erasures \`admin\`, and all else \`webhooks\`. While the keys of a JWT's issuer are not to be had, its bearer gets a 503 (\`issuer_unavailable\`).

**Browsers.** Pages of Hooktide's own origin may call, and those of \`server.corsOrigins\`. What a page of another one wants to change is refused with a 403 (\`foreign_page\`). Where no token is asked for, \`Host\` has to be \`localhost\` or an address: else it is a 421 (\`foreign_host\`).
`.trim();

/** In the order in which the examples can be run. */
const TAGS = {
  Health: 'Whether the process lives and takes work, and what it counts. Not below the context path.',
  Registry: "Who wants which updates: Singularity's routes.",
  Updates: 'What comes in, and what became of it.',
  Webhooks: 'One webhook: how it does, its options, a test, pause and resume.',
  Signatures: 'How receivers know that a delivery is from here: secrets and public keys.',
  'Dead letters': 'What was dropped, and why; to be sent again, or discarded.',
  Deliveries: 'What waits, arrived or was dropped, each with its reason; to be sent again.',
  'Queued updates': "What waits for one webhook: Singularity's routes.",
  Switches: "Singularity's switches for actions of this API.",
  Tokens: 'Who may call, and what.',
  Audit: 'Who changed what.',
  Messages: 'Direct messages: one POST to one URL, sent again until it arrives or its attempts are used up.',
  Processes: 'Who runs on this database, and what each does.',
  Sail: "An application's webhooks: Sail Above's routes, for its command line and its receivers.",
  Jobs: 'What is too many for one request: replays, discards and erasures; and how much is kept.',
};

const ROUTES: Route[] = [
  ...HEALTH,
  ...METRICS,
  ...REGISTRY,
  ...UPDATES,
  ...WEBHOOKS,
  ...SIGNATURES,
  ...DEAD_LETTERS,
  ...DELIVERIES,
  ...QUEUED,
  ...SWITCHES,
  ...TOKENS,
  ...AUDIT,
  ...HOOK_SLINGER,
  ...MESSAGES,
  ...PROCESSES,
  ...SAIL,
  ...JOBS,
];

/**
 * The API as an OpenAPI document.
 * @param contextPath the second prefix of the routes under `/api`, or nothing
 */
export function openApi(contextPath: string): object {
  const paths = toPaths(ROUTES);
  const servers = [{ url: '/', description: 'This Hooktide.' }];
  const second = { url: contextPath, description: "The same, where Singularity's clients look for it." };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hooktide',
      version: VERSION,
      summary: 'A webhook control plane for container platforms: durable, ordered, explained.',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: contextPath === '' ? servers : [...servers, second],
    security: [{ bearer: [] }, {}],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: {
        ...WEBHOOK_SCHEMAS,
        ...OPTION_SCHEMAS,
        ...UPDATE_SCHEMAS,
        ...PAYLOAD_SCHEMAS,
        ...DELIVERY_SCHEMAS,
        ...MESSAGE_SCHEMAS,
        ...TOKEN_SCHEMAS,
        ...AUDIT_SCHEMAS,
        ...JOB_SCHEMAS,
        ...PROBLEM_SCHEMAS,
        ...SAIL_SCHEMAS,
      },
      responses: usedIn(JSON.stringify(paths)),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of the API, or a JWT.' },
        hookSlinger: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Token <token>`.' },
      },
    },
  };
}

function toPaths(routes: Route[]): Record<string, object> {
  const paths: Record<string, object> = {};
  for (const route of routes) {
    const elsewhere = route.path.startsWith('/api/') ? {} : { servers: [{ url: '/' }] };
    paths[route.path] = { ...elsewhere, ...paths[route.path], [route.method]: toOperation(route) };
  }
  return paths;
}

/** The refusals that some route refers to. */
function usedIn(paths: string): Record<string, object> {
  const used = ([name]: [string, object]): boolean => paths.includes(`"#/components/responses/${name}"`);
  return Object.fromEntries(Object.entries(refusalComponents()).filter(used));
}
