import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import type { Given } from './input.js';
import type { WebhookDetails } from './webhook-view.js';
import { WebhookService } from './webhook.service.js';

const ID = 'webhookId';

/** Hooktide's own routes of one webhook, beside Singularity's of the registry. */
@Controller('api/webhooks/:webhookId')
export class WebhookController {
  constructor(private readonly webhook: WebhookService) {}

  @Get()
  read(@Param(ID) id: Given): Promise<WebhookDetails> {
    return this.webhook.read(id);
  }

  @Patch()
  change(@Param(ID) id: Given, @Body() body: Buffer | undefined): Promise<WebhookDetails> {
    return this.webhook.change(id, body);
  }

  @Post('pause')
  @HttpCode(200)
  pause(@Param(ID) id: Given): Promise<WebhookDetails> {
    return this.webhook.pause(id);
  }

  @Post('resume')
  @HttpCode(200)
  resume(@Param(ID) id: Given): Promise<WebhookDetails> {
    return this.webhook.resume(id);
  }
}
