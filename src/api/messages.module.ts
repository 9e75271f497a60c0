import { Module } from '@nestjs/common';
import { Clocks } from './clocks.js';
import { MessageActionsService } from './message-actions.service.js';
import { MessagesController } from './messages.controller.js';
import { MessagesService } from './messages.service.js';
import { ProcessesController } from './processes.controller.js';

/** Direct messages, and the processes that send them. Needs the `Queue`, `Lookups`, `Rhythm` and a `Log` from outside. */
@Module({
  controllers: [MessagesController, ProcessesController],
  providers: [MessagesService, MessageActionsService, Clocks],
})
export class MessagesModule {}
