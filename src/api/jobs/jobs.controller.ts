import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ActedBy } from '../../auth/actor.js';
import { CalledBy, type Caller } from '../../auth/caller.js';
import type { Actor } from '../../database/audit.js';
import type { Page } from '../page.js';
import type { Job } from './job.js';
import { JobsService, type Matching } from './jobs.service.js';

/** `/api/jobs`: what is too many for one request: replays, discards and erasures. */
@Controller('api/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  async create(
    @Body() body: Buffer | undefined,
    @CalledBy() caller: Caller,
    @ActedBy() by: Actor,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Job | Matching> {
    const made = await this.jobs.create(body, caller, by);
    response.status('id' in made ? 202 : 200);
    return made;
  }

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<Page<Job>> {
    return this.jobs.list(query);
  }

  @Get(':id')
  get(@Param('id') id: string, @Query() query: Record<string, unknown>): Promise<Job> {
    return this.jobs.get(id, query);
  }

  @Post(':id/pause')
  @HttpCode(200)
  pause(@Param('id') id: string, @CalledBy() caller: Caller, @ActedBy() by: Actor): Promise<Job> {
    return this.jobs.pause(id, caller, by);
  }

  @Post(':id/resume')
  @HttpCode(200)
  resume(@Param('id') id: string, @CalledBy() caller: Caller, @ActedBy() by: Actor): Promise<Job> {
    return this.jobs.resume(id, caller, by);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id') id: string, @CalledBy() caller: Caller, @ActedBy() by: Actor): Promise<Job> {
    return this.jobs.cancel(id, caller, by);
  }
}
