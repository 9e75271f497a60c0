import type { TokenRow } from '../../../auth/token.repository.js';
import type { MadeToken } from '../../../auth/tokens.js';
import type { Scope } from '../../../config/scope.js';
import { list, number, object, orNull, page, text, time, view, whole, words, type Schema } from '../schema.js';

const SCOPES: Record<Scope, string> = {
  read: 'look at everything',
  ingest: 'send updates and direct messages, and nothing else',
  webhooks: 'change what is registered and what waits, and read',
  admin: 'everything, tokens included',
};
const STATES: Record<TokenRow['state'], string> = {
  valid: 'it is taken',
  expired: 'its time is over',
  revoked: 'somebody has revoked it',
};

const MOST = { maxLength: 255 };
const name = text('Its name, which no other token has that is not revoked.', MOST);
const scopes = list('What it may do.', words('A scope.', SCOPES), { minItems: 1 });
const application = orNull(
  text('The only application that it may send updates and have webhooks for. Null: any.', MOST),
);

const TOKEN: Record<keyof TokenRow, Schema> = {
  id: whole('Its number.', 1),
  name,
  scopes,
  application,
  state: words('Whether it is taken.', STATES),
  createdAt: time('When it was made.'),
  createdBy: text('The name of who made it.'),
  expiresAt: orNull(time('When it expires. Null: never.')),
  revokedAt: orNull(time('When it was revoked. Null: it was not.')),
  lastUsedAt: orNull(time('When it was used last, give or take a minute. Null: never.')),
};

/** Tokens. */
export const TOKEN_SCHEMAS: Record<string, Schema> = {
  NewToken: object(
    'What a token is to be.',
    {
      name,
      scopes,
      application,
      expiresAt: orNull(time('When it expires. Left out, as the next: never.')),
      expiresInHours: orNull(
        number('After how many hours it expires, in the place of `expiresAt`.', {
          exclusiveMinimum: 0,
          maximum: 87_600,
        }),
      ),
    },
    ['application', 'expiresAt', 'expiresInHours'],
  ),
  Token: view<TokenRow>('A token, without itself.', TOKEN),
  TokenPage: page('tokens, in the order in which they were made', { $ref: '#/components/schemas/Token' }),
  MadeToken: view<MadeToken>('A token that was made.', {
    ...TOKEN,
    token: text('The token itself. It is shown here and never again.', { pattern: '^hkt_[A-Za-z0-9_-]{43}$' }),
  }),
};
