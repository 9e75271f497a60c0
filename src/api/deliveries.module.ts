import { Module } from '@nestjs/common';
import { Clocks } from './clocks.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveriesService } from './deliveries.service.js';
import { ReplayService } from './replay.service.js';
import { UpdatesController } from './updates.controller.js';
import { UpdatesService } from './updates.service.js';

/** What became of updates, why, and again. Needs the `Queue`, `Lookups`, `Rhythm`, `Kept` and a `Log` from outside. */
@Module({
  controllers: [UpdatesController, DeliveriesController, DeadLettersController],
  providers: [UpdatesService, DeliveriesService, ReplayService, Clocks],
})
export class DeliveriesModule {}
