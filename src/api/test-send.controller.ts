import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { TestSendService, type TestSend } from './test-send.service.js';

/** `POST /api/webhooks/{id}/test`: sends a marked sample now, and answers with what the receiver said. */
@Controller('api/webhooks/:webhookId/test')
export class TestSendController {
  constructor(private readonly tests: TestSendService) {}

  @Post()
  @HttpCode(200)
  send(@Param('webhookId') webhookId: string): Promise<TestSend> {
    return this.tests.send(webhookId);
  }
}
