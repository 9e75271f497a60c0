import { Controller, Get, Param, Query } from '@nestjs/common';
import type { JsonText } from '../updates/json-text.js';
import type { Page } from './page.js';
import type { Update } from './update.js';
import { UpdatesService } from './updates.service.js';

/** `GET /api/updates`: what came in; `/{id}`: what became of it, for each webhook, and why. */
@Controller('api/updates')
export class UpdatesController {
  constructor(private readonly updates: UpdatesService) {}

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<Page<Update>> {
    return this.updates.list(query);
  }

  @Get(':id')
  get(@Param('id') id: string, @Query() query: Record<string, unknown>): Promise<JsonText> {
    return this.updates.get(id, query);
  }
}
