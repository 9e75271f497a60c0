import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ActedBy } from '../auth/actor.js';
import type { Actor } from '../database/audit.js';
import { TestSendService, type TestSend } from './test-send.service.js';

/** `POST /api/webhooks/{id}/test`: sends a marked sample now, and answers with what the receiver said. */
@Controller('api/webhooks/:webhookId/test')
export class TestSendController {
  constructor(private readonly tests: TestSendService) {}

  @Post()
  @HttpCode(200)
  send(@Param('webhookId') webhookId: string, @ActedBy() by: Actor): Promise<TestSend> {
    return this.tests.send(webhookId, by);
  }
}
