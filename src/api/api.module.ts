import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TokenGuard } from '../auth/token.guard.js';
import { ErrorFilter } from './error.filter.js';
import { HealthController, Readiness } from './health.controller.js';

/** What all faces share, whatever the roles: who may come in, how errors look, and health. */
@Module({
  controllers: [HealthController],
  providers: [Readiness, { provide: APP_FILTER, useClass: ErrorFilter }, { provide: APP_GUARD, useClass: TokenGuard }],
})
export class ApiModule {}
