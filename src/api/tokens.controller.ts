import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import { Needs } from '../auth/needs.decorator.js';
import type { TokenRow } from '../auth/token.repository.js';
import type { MadeToken } from '../auth/tokens.js';
import type { Actor } from '../database/audit.js';
import type { Page } from './page.js';
import { TokensService } from './tokens.service.js';

/** `/api/tokens`: who may call, and what. */
@Controller('api/tokens')
@Needs('admin')
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<Page<TokenRow>> {
    return this.tokens.list(query);
  }

  @Post()
  @HttpCode(201)
  create(@Body() body: Buffer | undefined, @ActedBy() by: Actor): Promise<MadeToken> {
    return this.tokens.create(body, by);
  }

  @Delete(':id')
  @HttpCode(204)
  revoke(@Param('id') id: string, @ActedBy() by: Actor): Promise<void> {
    return this.tokens.revoke(id, by);
  }
}
