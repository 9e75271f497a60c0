import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { JsonText } from '../updates/json-text.js';
import type { Given } from './input.js';
import { readWebhook } from './webhook.dto.js';
import { WebhooksService, type WebhookSummary, type WebhookView } from './webhooks.service.js';

const ID = 'webhookId';

/** Singularity's registry routes (contract §1), each in the query form and in the deprecated path form. */
@Controller('api/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  list(): Promise<WebhookView[]> {
    return this.webhooks.list();
  }

  @Get('summary')
  summary(): Promise<WebhookSummary[]> {
    return this.webhooks.summarize();
  }

  @Post()
  @HttpCode(200)
  register(@Body() body: Buffer | undefined): Promise<'CREATED' | 'EXISTED'> {
    return this.webhooks.register(readWebhook(body));
  }

  @Delete([':webhookId', ''])
  delete(@Param(ID) inPath: Given, @Query(ID) inQuery: Given): Promise<'DELETED' | 'DIDNT_EXIST'> {
    return this.webhooks.delete(inPath ?? inQuery);
  }

  @Get(['request/:webhookId', 'request'])
  waitingRequests(@Param(ID) inPath: Given, @Query(ID) inQuery: Given): Promise<JsonText> {
    return this.webhooks.listWaiting('REQUEST', inPath ?? inQuery);
  }

  @Get(['deploy/:webhookId', 'deploy'])
  waitingDeploys(@Param(ID) inPath: Given, @Query(ID) inQuery: Given): Promise<JsonText> {
    return this.webhooks.listWaiting('DEPLOY', inPath ?? inQuery);
  }

  @Get(['task/:webhookId', 'task'])
  waitingTasks(@Param(ID) inPath: Given, @Query(ID) inQuery: Given): Promise<JsonText> {
    return this.webhooks.listWaiting('TASK', inPath ?? inQuery);
  }

  @Get('elevated-access')
  waitingElevatedAccess(@Query(ID) inQuery: Given): Promise<JsonText> {
    return this.webhooks.listWaiting('ELEVATED_ACCESS', inQuery);
  }
}
