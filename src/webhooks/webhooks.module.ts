import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DisabledAction } from './disabled-action.entity.js';
import { DisabledActions } from './disabled-actions.service.js';
import { DisastersController } from './disasters.controller.js';
import { Webhook } from './webhook.entity.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

/** The registry. Needs the `Queue`, its `Wake` and a `Log` from outside. */
@Module({
  imports: [TypeOrmModule.forFeature([Webhook, DisabledAction])],
  controllers: [WebhooksController, DisastersController],
  providers: [WebhooksService, DisabledActions, WebhookRepository],
})
export class WebhooksModule {}
