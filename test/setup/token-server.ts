import type { ServerResponse } from 'node:http';
import { startReceiver, type Handler, type Received, type Receiver } from './receivers.js';

export const CLIENT = { clientId: 'shop & sons', clientSecret: 'p%ss:word +1&=~' };

export interface TokenServer extends Receiver {
  /** Takes none of its tokens for good any more. */
  revoke(): void;
  /** Answers that its token is wrong, unless it is a good one of this server. */
  guard: Handler;
  /** Credentials that are sent as `sendAs` says. */
  auth(more?: object): { type: 'oauth2'; tokenUrl: string; clientId: string; clientSecret: string };
}

interface TokenServerOptions {
  /** Says how long its tokens are good: as it stands. */
  expiresIn?: unknown;
  /** Comes before each answer. */
  before?: (give: () => void) => void;
}

/** A token server (RFC 6749 §4.4) that checks who asks, and gives `token-1`, `token-2`, … */
export async function startTokenServer({
  expiresIn = 3_600,
  before = (give) => give(),
}: TokenServerOptions = {}): Promise<TokenServer> {
  const good = new Set<string>();
  let count = 0;
  const give = (response: ServerResponse, request: Received) => {
    if (!knows(request)) return json(response, 401, { error: 'invalid_client' });
    count += 1;
    const token = `token-${count}`;
    good.add(token);
    return json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: expiresIn });
  };
  const server = await startReceiver((response, request) => before(() => give(response, request)));
  return {
    ...server,
    revoke: () => good.clear(),
    guard: (response, { headers }) => {
      const isGood = good.has(String(headers.authorization).replace(/^Bearer /, ''));
      response.writeHead(isGood ? 200 : 401).end(isGood ? '' : `who is ${headers.authorization}?`);
    },
    auth: (more = {}) => ({ type: 'oauth2', tokenUrl: `${server.url}token`, ...CLIENT, ...more }),
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** By the header, form-encoded before it is joined (§2.3.1), or by the body. */
function knows({ headers, body }: Received): boolean {
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'client_credentials') return false;
  const [scheme, encoded = ''] = String(headers.authorization).split(' ');
  const inHeader = scheme === 'Basic' ? Buffer.from(encoded, 'base64').toString().split(':') : null;
  const [id, secret] = inHeader
    ? inHeader.map((part) => new URLSearchParams(`v=${part}`).get('v'))
    : [form.get('client_id'), form.get('client_secret')];
  return id === CLIENT.clientId && secret === CLIENT.clientSecret;
}
