import { Controller, Get, Injectable, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../auth/public.decorator.js';
import { Database } from '../database/database.js';

/** Whether this process takes work: from its start until it is told to stop. */
@Injectable()
export class Readiness {
  isStopping = false;

  constructor(private readonly database: Database) {}

  /** Why it takes none; null: it does. */
  async obstacle(): Promise<string | null> {
    if (this.isStopping) return 'The process is stopping.';
    return this.database.query('SELECT 1').then(
      () => null,
      () => 'The database does not answer.',
    );
  }
}

/** `/healthz`: the process lives. `/readyz`: it takes work. */
@Controller()
@Public()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('healthz')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<{ status: 'ok' | 'unready'; why?: string }> {
    const why = await this.readiness.obstacle();
    response.status(why === null ? 200 : 503);
    return why === null ? { status: 'ok' } : { status: 'unready', why };
  }
}
