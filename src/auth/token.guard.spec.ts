import { Controller, Get, type INestApplication, Module, Post } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../config/secret.js';
import { Authenticator } from './authenticator.js';
import { TakesBasic } from './basic.decorator.js';
import { Brake } from './brake.js';
import { CalledBy, type Caller } from './caller.js';
import { digestOf } from './credential.js';
import { ForApplication } from './for-application.decorator.js';
import { ForbiddenError } from './forbidden.error.js';
import { KnownTokens } from './known-tokens.js';
import { LastUses } from './last-uses.js';
import { Needs } from './needs.decorator.js';
import { Public } from './public.decorator.js';
import { TokenGuard } from './token.guard.js';
import { TokenLookup } from './token-lookup.js';
import type { LivingToken } from './token.repository.js';
import { TooManyFailuresError } from './too-many-failures.error.js';
import { UnauthenticatedError } from './unauthenticated.error.js';

@Controller()
class Door {
  @Get('closed')
  closed(): string {
    return 'in';
  }

  @Public()
  @Get('open')
  open(): string {
    return 'in';
  }
}

@Controller('v1')
@TakesBasic()
class SideDoor {
  @Get('closed')
  closed(): string {
    return 'in';
  }

  @Public()
  @Get('open')
  open(): string {
    return 'in';
  }
}

@Controller('house')
class Rooms {
  @Get()
  read(@CalledBy() { name, kind, scopes, application }: Caller): string {
    return [name, kind, scopes.join(), application].join(' ');
  }

  @Post()
  write(): string {
    return 'in';
  }

  @Post('letters')
  @Needs('ingest')
  @ForApplication()
  send(): string {
    return 'in';
  }

  @Get('flats/:flat')
  @ForApplication('flat')
  enter(): string {
    return 'in';
  }
}

const TOKENS: Record<string, Partial<LivingToken>> = {
  reader: { scopes: ['read'] },
  sender: { scopes: ['ingest'] },
  tenant: { scopes: ['webhooks', 'ingest'], application: '1 a' },
  keeper: { scopes: ['admin'] },
};

async function serve(token: Secret | null): Promise<INestApplication> {
  const rows = Object.entries(TOKENS).map(([name, row], id): LivingToken => {
    return { id, name, hash: digestOf(name), scopes: [], application: null, leftMillis: null, ...row };
  });
  const uses = new LastUses(async () => undefined);
  const authenticator = new Authenticator({
    asks: token !== null,
    operator: token,
    lookup: new TokenLookup(async (digests) => rows.filter(({ hash }) => digests.some((one) => one.equals(hash)))),
    issuers: null,
    known: new KnownTokens(),
    uses,
    brake: new Brake(),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const providers = [
    { provide: Authenticator, useValue: authenticator },
    { provide: APP_GUARD, useClass: TokenGuard },
    { provide: 'uses', useValue: { onModuleDestroy: () => uses.flush() } },
  ];
  @Module({ controllers: [Door, SideDoor, Rooms], providers })
  class House {}
  const app = await NestFactory.create(House, { logger: false });
  app.useGlobalFilters({
    catch(error: unknown, host) {
      const statuses = [
        [UnauthenticatedError, 401],
        [ForbiddenError, 403],
        [TooManyFailuresError, 429],
      ] as const;
      const status = statuses.find(([known]) => error instanceof known)?.[1] ?? 500;
      host.switchToHttp().getResponse<{ writeHead(status: number): { end(): void } }>().writeHead(status).end();
    },
  });
  return app.listen(0, '127.0.0.1').then(() => app);
}

async function statusOf(app: INestApplication, path: string, authorization?: string, method = 'GET'): Promise<number> {
  const headers = authorization ? { authorization } : undefined;
  const response = await fetch(`${await app.getUrl()}/${path}`, { method, headers });
  return response.status;
}

const nameOf = async (app: INestApplication, token: string) =>
  (await fetch(`${await app.getUrl()}/house`, { headers: { authorization: `Bearer ${token}` } })).text();

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('with a token', () => {
  let app: INestApplication;
  // Each test has an address book of its own: wrong tokens add up.
  beforeEach(async () => {
    app = await serve(new Secret('s3cret'));
  });
  afterEach(() => app.close());

  it.each(['Bearer s3cret', 'bearer s3cret', 'BEARER  s3cret', 'Token s3cret', 'token s3cret'])(
    'lets «%s» in',
    async (header) => {
      expect(await statusOf(app, 'closed', header)).toBe(200);
    },
  );

  it.each([
    undefined,
    's3cret',
    'Bearer',
    'Bearer s3cre',
    'Bearer s3cretx',
    'Bearer S3CRET',
    'Basic s3cret',
    'Bearer s3cret s3cret',
  ])('keeps «%s» out', async (header) => {
    expect(await statusOf(app, 'closed', header)).toBe(401);
  });

  it.each([
    basic('toto:s3cret'),
    basic(':s3cret'),
    basic('toto:s3cret').toLowerCase().slice(0, 6) + basic('x:s3cret').slice(6),
  ])('lets «%s» in where it may be a password, and nowhere else', async (header) => {
    expect(await statusOf(app, 'v1/closed', header)).toBe(200);
    expect(await statusOf(app, 'closed', header)).toBe(401);
  });

  it.each([
    basic('s3cret:'),
    basic('s3cret'),
    basic('s3cret:s3cre'),
    basic('toto:s3cretx'),
    basic('toto:x:s3cret'),
    'Basic',
    undefined,
  ])('keeps «%s» out where it may be a password', async (header) => {
    expect(await statusOf(app, 'v1/closed', header)).toBe(401);
  });

  it('takes the token itself where it may be a password', async () => {
    expect(await statusOf(app, 'v1/closed', 'Bearer s3cret')).toBe(200);
    expect(await statusOf(app, 'v1/open')).toBe(200);
  });

  it('leaves public routes open', async () => {
    expect(await statusOf(app, 'open')).toBe(200);
    expect(await statusOf(app, 'open', 'Bearer wrong')).toBe(200);
  });
});

describe('a token that was made', () => {
  let app: INestApplication;
  beforeEach(async () => {
    app = await serve(new Secret('s3cret'));
  });
  afterEach(() => app.close());

  it.each([
    ['GET', 'house', ['reader', 'keeper', 's3cret']],
    ['POST', 'house', ['keeper', 's3cret']],
    ['POST', 'house/letters', ['sender', 'tenant', 'keeper', 's3cret']],
    ['GET', 'house/flats/1%20a', ['reader', 'tenant', 'keeper', 's3cret']],
    ['GET', 'house/flats/2', ['reader', 'keeper', 's3cret']],
  ])('opens %s %s for %j and nobody else', async (method, path, expected) => {
    const all = [...Object.keys(TOKENS), 's3cret'];
    const statuses = await Promise.all(all.map((token) => statusOf(app, path, `Bearer ${token}`, method)));
    expect(all.filter((_, index) => statuses[index]! < 300)).toEqual(expected);
    expect(statuses.filter((status) => status >= 300)).toEqual(
      Array.from({ length: all.length - expected.length }, () => 403),
    );
  });

  it('says who calls', async () => {
    expect(await nameOf(app, 'reader')).toBe('reader token read ');
    expect(await nameOf(app, 's3cret')).toBe('tokenFile file admin ');
  });

  it('passes where its address is slowed, as long as it was good before', async () => {
    expect(await statusOf(app, 'house', 'Bearer reader')).toBe(200);
    expect(await statusOf(app, 'house', 'Bearer s3cret')).toBe(200);
    for (const n of Array(10).keys()) expect(await statusOf(app, 'house', `Bearer guess-${n}`)).toBe(401);
    expect(await statusOf(app, 'house', 'Bearer guess-10')).toBe(429);
    expect(await statusOf(app, 'house', 'Bearer keeper')).toBe(429);
    expect(await statusOf(app, 'house', 'Bearer guess-3')).toBe(429);
    expect(await statusOf(app, 'house')).toBe(401);
    expect(await statusOf(app, 'house', 'Bearer reader')).toBe(200);
    expect(await statusOf(app, 'house', 'Bearer s3cret')).toBe(200);
  });

  it('is one guess, however often it comes', async () => {
    for (const n of Array(30).keys()) expect([n, await statusOf(app, 'house', 'Bearer old')]).toEqual([n, 401]);
    expect(await statusOf(app, 'house', 'Bearer reader')).toBe(200);
  });
});

it('without a token, lets everybody in', async () => {
  const app = await serve(null);
  expect(await statusOf(app, 'closed')).toBe(200);
  expect(await statusOf(app, 'v1/closed')).toBe(200);
  expect(await statusOf(app, 'v1/closed', 'Basic dG90bzp4')).toBe(200);
  await app.close();
});

it("refuses in the words that Singularity's clients know", () => {
  expect(new UnauthenticatedError()).toMatchObject({
    code: 'unauthenticated',
    message: 'Unable to authenticate using methods: [token]',
    challenge: 'Bearer',
  });
});
