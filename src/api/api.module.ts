import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TokenGuard } from '../auth/token.guard.js';
import { BodyGuard } from './body.guard.js';
import { ErrorFilter } from './error.filter.js';
import { HealthController, Readiness } from './health.controller.js';
import { KeysController } from './keys.controller.js';

/** What all faces share, whatever the roles: who may come in, how errors look, and health. */
@Module({
  controllers: [HealthController, KeysController],
  providers: [
    Readiness,
    { provide: APP_FILTER, useClass: ErrorFilter },
    // In this order: who may not come in has no body read.
    { provide: APP_GUARD, useClass: TokenGuard },
    { provide: APP_GUARD, useClass: BodyGuard },
  ],
})
export class ApiModule {}
