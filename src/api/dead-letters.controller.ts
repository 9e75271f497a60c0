import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import type { Actor } from '../database/audit.js';
import type { DeadLetter } from '../queue/sql/dead-letters.js';
import { DeliveriesService } from './deliveries.service.js';
import type { Page } from './page.js';
import { ReplayService, type Discarded, type ReplayedMany, type ReplayedOne } from './replay.service.js';

/** `/api/dead-letters`: what was dropped, and why; to be replayed or discarded, one by one or by filter. */
@Controller('api/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly replays: ReplayService,
  ) {}

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<Page<DeadLetter>> {
    return this.deliveries.listDeadLetters(query);
  }

  @Post('replay')
  @HttpCode(202)
  replayAll(
    @Body() body: Buffer | undefined,
    @Query() query: Record<string, unknown>,
    @ActedBy() by: Actor,
  ): Promise<ReplayedMany> {
    return this.replays.replayDeadLetters(body, query, by);
  }

  @Post('discard')
  @HttpCode(200)
  discardAll(
    @Body() body: Buffer | undefined,
    @Query() query: Record<string, unknown>,
    @ActedBy() by: Actor,
  ): Promise<Discarded> {
    return this.replays.discardDeadLetters(body, query, by);
  }

  @Post(':id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string, @ActedBy() by: Actor): Promise<ReplayedOne> {
    return this.replays.replayDeadLetter(id, by);
  }

  @Delete(':id')
  @HttpCode(204)
  discard(@Param('id') id: string, @ActedBy() by: Actor): Promise<void> {
    return this.replays.discardDeadLetter(id, by);
  }
}
