import { Controller, Get, Query } from '@nestjs/common';
import { Jobs } from '../../queue/jobs.js';
import { readFilter } from '../filter.js';
import { keptHours, Retained, type StoredTable } from './storage.js';

/** `/api/storage`: how much is kept, since when, and for how long. */
@Controller('api/storage')
export class StorageController {
  constructor(
    private readonly jobs: Jobs,
    private readonly retained: Retained,
  ) {}

  /** @throws InvalidInputError */
  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<{ tables: StoredTable[] }> {
    readFilter(query, []);
    const tables = await this.jobs.storage();
    return { tables: tables.map((table) => ({ ...table, keptHours: keptHours(table.table, this.retained) })) };
  }
}
