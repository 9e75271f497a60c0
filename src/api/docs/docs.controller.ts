import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../auth/public.decorator.js';
import { openApi } from '../openapi/document.js';
import { INITIALIZER, pageAt } from './page.js';
import { SwaggerFiles } from './swagger-files.js';

/** What the second prefix of the routes is. */
export abstract class Prefix {
  abstract readonly contextPath: string;
}

/** Scripts, styles and requests of its own origin alone; Swagger UI's icons are data: urls, and React sets some styles. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** What changes with the version is asked after; the files of Swagger UI are kept for a while. */
const REVALIDATE = 'no-cache';
const KEEP = 'public, max-age=86400';

/** `/docs`: the API, for people to read and try; `/docs/openapi.json`: the same for programs. */
@Controller('docs')
@Public()
export class DocsController {
  readonly #document: string;

  constructor(
    { contextPath }: Prefix,
    private readonly files: SwaggerFiles,
  ) {
    this.#document = JSON.stringify(openApi(contextPath));
  }

  @Get()
  page(@Req() { path }: Request, @Res() response: Response): void {
    response.setHeader('Content-Security-Policy', POLICY);
    answer(response, 'text/html; charset=utf-8', REVALIDATE, pageAt(path));
  }

  @Get('openapi.json')
  document(@Res() response: Response): void {
    answer(response, 'application/json', REVALIDATE, this.#document);
  }

  @Get('initializer.js')
  initializer(@Res() response: Response): void {
    answer(response, 'text/javascript; charset=utf-8', REVALIDATE, INITIALIZER);
  }

  @Get('swagger-ui-bundle.js')
  script(@Res() response: Response): void {
    answer(response, 'text/javascript; charset=utf-8', KEEP, this.files.script);
  }

  @Get('swagger-ui.css')
  style(@Res() response: Response): void {
    answer(response, 'text/css; charset=utf-8', KEEP, this.files.style);
  }

  @Get('favicon-32x32.png')
  icon(@Res() response: Response): void {
    answer(response, 'image/png', KEEP, this.files.icon);
  }
}

/** By Express, which adds an ETag and answers 304 to whoever has it. */
function answer(response: Response, type: string, cache: string, body: string | Buffer): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Cache-Control', cache);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.send(body);
}
