import { Controller, Get, Injectable, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../auth/public.decorator.js';
import { Database } from '../database/database.js';

/** Whether this process takes work. One that stops takes no connections any more: nobody can ask it. */
@Injectable()
export class Readiness {
  constructor(private readonly database: Database) {}

  /** Why it takes none; null: it does. */
  obstacle(): Promise<string | null> {
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
