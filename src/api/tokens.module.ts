import { Module } from '@nestjs/common';
import { TokensController } from './tokens.controller.js';
import { TokensService } from './tokens.service.js';

/** Tokens of the API. Needs the `Tokens` from outside. */
@Module({ controllers: [TokensController], providers: [TokensService] })
export class TokensModule {}
