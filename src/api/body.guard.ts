import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import express, { type Request, type RequestHandler, type Response } from 'express';

/** How large a request may be. */
export abstract class RequestLimits {
  abstract readonly maxRequestBytes: number;
}

const WITH_BODY = ['POST', 'PUT', 'PATCH'];

/**
 * Keeps out requests whose body is too large or can't be unpacked, and keeps the others' as bytes: payloads are delivered
 * as they came. It comes after the guard that asks who calls: who may not come in makes nobody hold 16 MiB in memory.
 */
@Injectable()
export class BodyGuard implements CanActivate {
  readonly #parse: RequestHandler;

  constructor({ maxRequestBytes }: RequestLimits) {
    this.#parse = express.raw({ type: () => true, limit: maxRequestBytes });
  }

  /** @throws an error of the HTTP layer with its status: 400, 413 or 415 */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!WITH_BODY.includes(request.method)) return true;
    return new Promise((resolve, reject) => {
      void this.#parse(request, http.getResponse<Response>(), (error?: unknown) => {
        if (error === undefined) resolve(true);
        else reject(error);
      });
    });
  }
}
