import { Module } from '@nestjs/common';
import { DeadLettersController } from './dead-letters.controller.js';

/** What was dropped, and why. Needs the `Queue` from outside. */
@Module({ controllers: [DeadLettersController] })
export class DeadLettersModule {}
