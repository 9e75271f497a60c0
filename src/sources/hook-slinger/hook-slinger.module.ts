import { Module } from '@nestjs/common';
import { HookSlingerController } from './hook-slinger.controller.js';
import { HookSlingerService } from './hook-slinger.service.js';
import { TokenCheck } from './token-check.js';

/** Direct messages. Needs a `Messenger`, `HookSlingerOptions`, `IngestLimits`, `Authenticator` and `Log` from outside. */
@Module({ controllers: [HookSlingerController], providers: [HookSlingerService, TokenCheck] })
export class HookSlingerModule {}
