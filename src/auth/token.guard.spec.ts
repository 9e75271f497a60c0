import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../config/secret.js';
import { TakesBasic } from './basic.decorator.js';
import { Public } from './public.decorator.js';
import { ApiToken, TokenGuard } from './token.guard.js';
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

async function serve(token: Secret | null): Promise<INestApplication> {
  const providers = [
    { provide: ApiToken, useValue: new ApiToken(token) },
    { provide: APP_GUARD, useClass: TokenGuard },
  ];
  @Module({ controllers: [Door, SideDoor], providers })
  class House {}
  const app = await NestFactory.create(House, { logger: false });
  app.useGlobalFilters({
    catch(error: unknown, host) {
      const status = error instanceof UnauthenticatedError ? 401 : 500;
      host.switchToHttp().getResponse<{ writeHead(status: number): { end(): void } }>().writeHead(status).end();
    },
  });
  return app.listen(0, '127.0.0.1').then(() => app);
}

async function statusOf(app: INestApplication, path: string, authorization?: string): Promise<number> {
  const response = await fetch(`${await app.getUrl()}/${path}`, { headers: authorization ? { authorization } : {} });
  return response.status;
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('with a token', () => {
  let app: INestApplication;
  beforeAll(async () => {
    app = await serve(new Secret('s3cret'));
  });
  afterAll(() => app.close());

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
