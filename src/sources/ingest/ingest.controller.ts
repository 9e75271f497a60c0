import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { CalledBy, type Caller } from '../../auth/caller.js';
import { ForApplication } from '../../auth/for-application.decorator.js';
import { Needs } from '../../auth/needs.decorator.js';
import { IngestService, type Accepted } from './ingest.service.js';
import { readerFor } from './reader-for.js';

/** `POST /api/updates`: updates by REST, plain or as CloudEvents. */
@Controller('api/updates')
@Needs('ingest')
@ForApplication()
export class IngestController {
  constructor(private readonly ingest: IngestService) {}

  @Post()
  @HttpCode(202)
  accept(
    @Headers() headers: IncomingHttpHeaders,
    @Body() body: Buffer | undefined,
    @CalledBy() caller: Caller,
  ): Promise<Accepted> {
    return this.ingest.accept(body, readerFor(headers), caller);
  }
}
