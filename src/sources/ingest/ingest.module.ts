import { Module } from '@nestjs/common';
import { IngestController } from './ingest.controller.js';
import { IngestService } from './ingest.service.js';

/** Updates by REST. Needs an `Emitter` and `IngestLimits` from outside. */
@Module({ controllers: [IngestController], providers: [IngestService] })
export class IngestModule {}
