import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ActedBy } from '../../auth/actor.js';
import { readUser } from '../../auth/basic.js';
import { TakesBasic } from '../../auth/basic.decorator.js';
import { ForApplication } from '../../auth/for-application.decorator.js';
import { Public } from '../../auth/public.decorator.js';
import type { Actor } from '../../database/audit.js';
import { Reach } from '../../egress/reach.js';
import { readApplication } from './application.js';
import { readAskedUrls } from './asked-url.js';
import { readHookUrl } from './hook-url.js';
import { HooksService, type Hook } from './hooks.service.js';

const HOOK = 'applications/:application/hook';

/** Sail Above's routes of an application's webhooks, as its command line calls them (contract of Sail Above, §1). */
@Controller('v1')
@TakesBasic()
export class HooksController {
  constructor(
    private readonly hooks: HooksService,
    private readonly reach: Reach,
  ) {}

  @Get('_ping')
  @Public()
  ping(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('users')
  @ForApplication()
  user(@Headers('authorization') authorization: string | undefined): { name: string } {
    return { name: readUser(authorization) };
  }

  @Get('applications')
  applications(): Promise<string[]> {
    return this.hooks.applications();
  }

  @Get(HOOK)
  @ForApplication('application')
  list(@Param('application') application: string): Promise<Hook[]> {
    return this.hooks.list(readApplication(application));
  }

  @Post(HOOK)
  @ForApplication('application')
  async add(
    @Param('application') application: string,
    @Body() body: Buffer | undefined,
    @ActedBy() by: Actor,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Hook> {
    const { isNew, url } = await this.hooks.add(readApplication(application), readHookUrl(body, this.reach), by);
    response.status(isNew ? 201 : 200);
    return { url };
  }

  @Delete(HOOK)
  @ForApplication('application')
  @HttpCode(200)
  delete(
    @Param('application') application: string,
    @Req() { originalUrl }: Request,
    @ActedBy() by: Actor,
  ): Promise<Hook> {
    return this.hooks.delete(readApplication(application), readAskedUrls(originalUrl), by);
  }
}
