import { Module } from '@nestjs/common';
import { IngestController } from './ingest.controller.js';
import { IngestService } from './ingest.service.js';
import { TraceInterceptor } from './trace.interceptor.js';

/** Updates by REST. Needs an `Emitter`, `IngestLimits`, `Arrivals` and `Tracing` from outside. */
@Module({ controllers: [IngestController], providers: [IngestService, TraceInterceptor] })
export class IngestModule {}
