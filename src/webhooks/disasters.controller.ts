import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import { Needs } from '../auth/needs.decorator.js';
import type { Actor } from '../database/audit.js';
import { DisabledActions, type DisabledActionView } from './disabled-actions.service.js';
import type { Given } from './input.js';

/** Singularity's switches for actions (contract §1): `ADD_WEBHOOK` and `REMOVE_WEBHOOK` are the two that are checked.
 * They stop everybody: switching them takes all that there is. */
@Controller('api/disasters/disabled-actions')
export class DisastersController {
  constructor(private readonly actions: DisabledActions) {}

  @Get()
  list(): Promise<DisabledActionView[]> {
    return this.actions.list();
  }

  @Post(':action')
  @Needs('admin')
  @HttpCode(204)
  disable(
    @Param('action') action: string,
    @Body() body: Buffer | undefined,
    @Query('user') user: Given,
    @ActedBy() by: Actor,
  ): Promise<void> {
    return this.actions.disable(action, body, { user, by });
  }

  @Delete(':action')
  @Needs('admin')
  @HttpCode(204)
  enable(@Param('action') action: string, @ActedBy() by: Actor): Promise<void> {
    return this.actions.enable(action, by);
  }
}
