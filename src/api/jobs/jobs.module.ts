import { Module } from '@nestjs/common';
import { Clocks } from '../clocks.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';
import { StorageController } from './storage.controller.js';

/** Work on many deliveries at once, and how much is kept. Needs `Jobs`, the `Queue`, `Rhythm` and `Kept` from outside. */
@Module({ controllers: [JobsController, StorageController], providers: [JobsService, Clocks] })
export class JobsModule {}
