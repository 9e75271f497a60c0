import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
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
  replayAll(@Body() body: Buffer | undefined, @Query() query: Record<string, unknown>): Promise<ReplayedMany> {
    return this.replays.replayDeadLetters(body, query);
  }

  @Post('discard')
  @HttpCode(200)
  discardAll(@Body() body: Buffer | undefined, @Query() query: Record<string, unknown>): Promise<Discarded> {
    return this.replays.discardDeadLetters(body, query);
  }

  @Post(':id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string): Promise<ReplayedOne> {
    return this.replays.replayDeadLetter(id);
  }

  @Delete(':id')
  @HttpCode(204)
  discard(@Param('id') id: string): Promise<void> {
    return this.replays.discardDeadLetter(id);
  }
}
