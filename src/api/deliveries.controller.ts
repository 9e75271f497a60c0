import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import type { Actor } from '../database/audit.js';
import { DeliveriesService } from './deliveries.service.js';
import type { Delivery } from './delivery.js';
import type { Page } from './page.js';
import { ReplayService, type ReplayedMany, type ReplayedOne } from './replay.service.js';

/** `/api/deliveries`: what waits, arrived or was dropped, each with its reason, and the replay of what arrived. */
@Controller('api/deliveries')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly replays: ReplayService,
  ) {}

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<Page<Delivery>> {
    return this.deliveries.list(query);
  }

  @Get(':id')
  get(@Param('id') id: string, @Query() query: Record<string, unknown>): Promise<Delivery> {
    return this.deliveries.get(id, query);
  }

  @Post('replay')
  @HttpCode(202)
  replayAll(
    @Body() body: Buffer | undefined,
    @Query() query: Record<string, unknown>,
    @ActedBy() by: Actor,
  ): Promise<ReplayedMany> {
    return this.replays.replayDeliveries(body, query, by);
  }

  @Post(':id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string, @ActedBy() by: Actor): Promise<ReplayedOne> {
    return this.replays.replayDelivery(id, by);
  }
}
