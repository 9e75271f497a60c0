import { Module } from '@nestjs/common';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { TestSendController } from './test-send.controller.js';
import { TestSendService } from './test-send.service.js';

/** Samples for webhooks. Needs a `Sink` from outside. */
@Module({ imports: [WebhooksModule], controllers: [TestSendController], providers: [TestSendService] })
export class TestSendModule {}
