import { Controller, Get, Query } from '@nestjs/common';
import { Lookups } from '../queue/lookups.js';
import type { ProcessRow } from '../queue/sql/processes.js';
import { readFilter } from './filter.js';
import { LIMIT, toPage, type Page } from './page.js';

/** `/api/processes`: who runs, and what each has in its hands. */
@Controller('api/processes')
export class ProcessesController {
  constructor(private readonly lookups: Lookups) {}

  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<Page<ProcessRow>> {
    const { limit, after } = readFilter(query, ['limit', 'after']);
    const size = limit ?? LIMIT;
    return toPage(await this.lookups.primary.listProcesses(after ?? '', size + 1), size);
  }
}
