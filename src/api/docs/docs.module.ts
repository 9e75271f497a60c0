import { Module } from '@nestjs/common';
import { DocsController } from './docs.controller.js';
import { SwaggerFiles } from './swagger-files.js';

/** The documentation of the API. Needs a `Prefix` from outside. */
@Module({ controllers: [DocsController], providers: [SwaggerFiles] })
export class DocsModule {}
