import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';

/** Who changed what. Needs the `Lookups` from outside. */
@Module({ controllers: [AuditController] })
export class AuditModule {}
