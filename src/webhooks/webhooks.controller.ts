import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ActedBy } from '../auth/actor.js';
import type { Actor } from '../database/audit.js';
import type { JsonText } from '../updates/json-text.js';
import type { Given } from './input.js';
import { readWebhook } from './webhook.dto.js';
import { WebhooksService, type WebhookSummary, type WebhookView } from './webhooks.service.js';

const ID = 'webhookId';
/** Shows a secret that was made for a new webhook. */
const SECRET = 'Hooktide-Secret';

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
  async register(
    @Body() body: Buffer | undefined,
    @ActedBy() by: Actor,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const { answer, secret } = await this.webhooks.register(readWebhook(body), by);
    // Singularity's clients know the answer as it is, and leave headers alone that they don't know.
    if (secret !== null) response.setHeader(SECRET, secret);
    return answer;
  }

  @Delete([':webhookId', ''])
  delete(
    @Param(ID) inPath: Given,
    @Query(ID) inQuery: Given,
    @ActedBy() by: Actor,
  ): Promise<'DELETED' | 'DIDNT_EXIST'> {
    return this.webhooks.delete(inPath ?? inQuery, by);
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
