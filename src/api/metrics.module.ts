import { type DynamicModule, Module } from '@nestjs/common';
import { MetricsController, PublicMetricsController } from './metrics.controller.js';

/** What is counted. Needs the `Metrics` from outside. */
@Module({})
export class MetricsModule {
  static with({ isPublic }: { readonly isPublic: boolean }): DynamicModule {
    return { module: MetricsModule, controllers: [isPublic ? PublicMetricsController : MetricsController] };
  }
}
