import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';
import { JsonText } from '../updates/json-text.js';

/**
 * Answers in JSON, texts included (`"CREATED"`), with the Content-Type `application/json` and no charset: Singularity's
 * own UI reads the body of any other as text (contract §8).
 */
export class JsonAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): void {
    if (statusCode !== undefined) response.status(statusCode);
    if (body === undefined) {
      response.end();
      return;
    }
    if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json');
    const isText = String(response.getHeader('Content-Type')).startsWith('text/');
    response.end(isText ? (body as string) : body instanceof JsonText ? body.text : JSON.stringify(body));
  }
}
