import { Controller, Get, Query } from '@nestjs/common';
import { Needs } from '../auth/needs.decorator.js';
import type { AuditRow } from '../database/audit.js';
import { Lookups } from '../queue/lookups.js';
import { readFilter } from './filter.js';
import { LIMIT, readNumber, toPage, type Page } from './page.js';

const FILTER = ['webhookId', 'actor', 'action', 'since', 'until', 'limit', 'after'] as const;

/** `/api/audit`: who changed what, newest first. It names whoever has access, and so it takes all of it. */
@Controller('api/audit')
@Needs('admin')
export class AuditController {
  constructor(private readonly lookups: Lookups) {}

  /** @throws InvalidInputError */
  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<Page<AuditRow>> {
    const { limit, after, ...filter } = readFilter(query, FILTER);
    const size = limit ?? LIMIT;
    const before = after === null ? Number.MAX_SAFE_INTEGER : readNumber(after, 'after');
    return toPage(await this.lookups.listAudit(filter, before, size + 1), size);
  }
}
