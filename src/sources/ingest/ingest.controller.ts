import { Body, Controller, Headers, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { CalledBy, type Caller } from '../../auth/caller.js';
import { ForApplication } from '../../auth/for-application.decorator.js';
import { Needs } from '../../auth/needs.decorator.js';
import type { TraceContext } from '../../updates/trace-context.js';
import { IngestService, type Accepted } from './ingest.service.js';
import { readerFor } from './reader-for.js';
import { Trace, TraceInterceptor } from './trace.interceptor.js';

/** `POST /api/updates`: updates by REST, plain or as CloudEvents. */
@Controller('api/updates')
@Needs('ingest')
@ForApplication()
@UseInterceptors(TraceInterceptor)
export class IngestController {
  constructor(private readonly ingest: IngestService) {}

  @Post()
  @HttpCode(202)
  accept(
    @Headers() headers: IncomingHttpHeaders,
    @Body() body: Buffer | undefined,
    @CalledBy() caller: Caller,
    @Trace() trace: TraceContext | undefined,
  ): Promise<Accepted> {
    return this.ingest.accept({ body, read: readerFor(headers), trace }, caller);
  }
}
