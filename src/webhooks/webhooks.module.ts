import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DisabledAction } from './disabled-action.entity.js';
import { DisabledActions } from './disabled-actions.service.js';
import { DisastersController } from './disasters.controller.js';
import { Webhook } from './webhook.entity.js';
import { SecretsOpener } from './sealed.js';
import { HookRepository } from './sail/hooks.repository.js';
import { HooksController } from './sail/hooks.controller.js';
import { HooksService } from './sail/hooks.service.js';
import { WebhookChanges } from './webhook-changes.repository.js';
import { WebhookController } from './webhook.controller.js';
import { WebhookFacts } from './webhook-facts.repository.js';
import { WebhookRepository } from './webhook.repository.js';
import { ReachCheck } from './reach-check.js';
import { SealingRepository } from './sealing.repository.js';
import { SealingService } from './sealing.service.js';
import { SecretService } from './secret.service.js';
import { WebhookService } from './webhook.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

/** The registry. Needs the `Queue`, its `Wake`, the `Database`, the `Vault`, `SigningOptions`, a `Log` and `Reach` from outside. */
@Module({
  imports: [TypeOrmModule.forFeature([Webhook, DisabledAction])],
  // The order of routes: fixed ones win over webhooks whose id is `summary`, `task`, …
  controllers: [WebhooksController, WebhookController, DisastersController, HooksController],
  providers: [
    WebhooksService,
    WebhookService,
    DisabledActions,
    WebhookRepository,
    WebhookChanges,
    WebhookFacts,
    SecretsOpener,
    ReachCheck,
    SealingRepository,
    SealingService,
    SecretService,
    HooksService,
    HookRepository,
  ],
  exports: [WebhookService],
})
export class WebhooksModule {}
