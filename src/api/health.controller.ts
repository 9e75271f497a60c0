import { Controller, Get, Injectable, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../auth/public.decorator.js';
import { Database } from '../database/database.js';

/** Whether this process takes work. */
@Injectable()
export class Readiness {
  /** It stops soon: who asks from now on is sent elsewhere, though it is answered (`server.drainMillis`). */
  isDraining = false;

  constructor(private readonly database: Database) {}

  /** Why it takes none; null: it does. */
  async obstacle(): Promise<string | null> {
    if (this.isDraining) return 'The process is about to stop.';
    return this.database.isWritable().then(
      (isWritable) => (isWritable ? null : 'The database takes no writes: it is a standby, or was made read-only.'),
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
