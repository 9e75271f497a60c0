import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { IngestService, type Accepted } from './ingest.service.js';

/** `POST /api/updates`: updates by REST. */
@Controller('api/updates')
export class IngestController {
  constructor(private readonly ingest: IngestService) {}

  @Post()
  @HttpCode(202)
  accept(@Body() body: Buffer | undefined): Promise<Accepted> {
    return this.ingest.accept(body);
  }
}
