import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import type { Actor } from '../database/audit.js';
import type { Given } from './input.js';
import { SecretService, type NewSecret } from './secret.service.js';
import type { WebhookDetails } from './webhook-view.js';
import { WebhookService } from './webhook.service.js';

const ID = 'webhookId';

/** Hooktide's own routes of one webhook, beside Singularity's of the registry. */
@Controller('api/webhooks/:webhookId')
export class WebhookController {
  constructor(
    private readonly webhook: WebhookService,
    private readonly secret: SecretService,
  ) {}

  @Get()
  read(@Param(ID) id: Given): Promise<WebhookDetails> {
    return this.webhook.read(id);
  }

  @Patch()
  change(@Param(ID) id: Given, @Body() body: Buffer | undefined, @ActedBy() by: Actor): Promise<WebhookDetails> {
    return this.webhook.change(id, body, by);
  }

  @Post('secret')
  @HttpCode(200)
  rotate(@Param(ID) id: Given, @Body() body: Buffer | undefined, @ActedBy() by: Actor): Promise<NewSecret> {
    return this.secret.rotate(id, body, by);
  }

  @Post('pause')
  @HttpCode(200)
  pause(@Param(ID) id: Given, @ActedBy() by: Actor): Promise<WebhookDetails> {
    return this.webhook.pause(id, by);
  }

  @Post('resume')
  @HttpCode(200)
  resume(@Param(ID) id: Given, @ActedBy() by: Actor): Promise<WebhookDetails> {
    return this.webhook.resume(id, by);
  }
}
