import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Needs } from '../auth/needs.decorator.js';
import { Public } from '../auth/public.decorator.js';
import { Metrics } from '../telemetry/metrics.js';

/** `/metrics`, for Prometheus: docs/metrics.md. They tell of all applications. */
@Controller('metrics')
@Needs('read')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  async show(@Headers('accept') accept: string | undefined, @Res() response: Response): Promise<void> {
    const { contentType, text } = await this.metrics.expose(accept);
    response.setHeader('Content-Type', contentType);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Vary', 'Accept');
    response.end(text);
  }
}

/** The same for everybody: `metrics.isPublic`. */
@Controller('metrics')
@Public()
export class PublicMetricsController extends MetricsController {}
