import { Controller, Get, Query } from '@nestjs/common';
import { Queue } from '../queue/queue.js';
import type { DeadLetter } from '../queue/sql/list.js';
import { readPage, toPage, type Page } from './page.js';

/** `GET /api/dead-letters`: what was dropped, and why; of one webhook with `webhookId`. */
@Controller('api/dead-letters')
export class DeadLettersController {
  constructor(private readonly queue: Queue) {}

  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<Page<DeadLetter>> {
    const { after, limit, webhookIds } = readPage(query);
    return toPage(await this.queue.listDeadLetters(webhookIds, after, limit + 1), limit);
  }
}
