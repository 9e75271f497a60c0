import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import type { Actor } from '../database/audit.js';
import type { MessageCounts } from '../queue/sql/message-counts.js';
import type { JsonText } from '../updates/json-text.js';
import { MessageActionsService, type DeletedMessages, type ReplayedMessages } from './message-actions.service.js';
import type { Message } from './message.js';
import { MessagesService } from './messages.service.js';
import type { Page } from './page.js';
import type { ReplayedOne } from './replay.service.js';

/** `/api/messages`: direct messages, how each does, and again, or no more. */
@Controller('api/messages')
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly actions: MessageActionsService,
  ) {}

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<Page<Message>> {
    return this.messages.list(query);
  }

  @Get('counts')
  count(@Query() query: Record<string, unknown>): Promise<MessageCounts> {
    return this.messages.count(query);
  }

  @Get(':id')
  get(@Param('id') id: string, @Query() query: Record<string, unknown>): Promise<JsonText> {
    return this.messages.get(id, query);
  }

  @Post('replay')
  @HttpCode(202)
  replayAll(
    @Body() body: Buffer | undefined,
    @Query() query: Record<string, unknown>,
    @ActedBy() by: Actor,
  ): Promise<ReplayedMessages> {
    return this.actions.replayAll(body, query, by);
  }

  @Post(':id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string, @ActedBy() by: Actor): Promise<ReplayedOne> {
    return this.actions.replay(id, by);
  }

  @Delete()
  deleteAll(@Query() query: Record<string, unknown>, @ActedBy() by: Actor): Promise<DeletedMessages> {
    return this.actions.deleteAll(query, by);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('id') id: string, @ActedBy() by: Actor): Promise<void> {
    return this.actions.delete(id, by);
  }
}
