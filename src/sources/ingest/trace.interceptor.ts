import {
  createParamDecorator,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Tracing } from '../../telemetry/tracing.js';
import { readTraceContext, type TraceContext } from '../../updates/trace-context.js';

interface Request {
  headers: IncomingHttpHeaders;
  trace?: TraceContext;
}

/** The trace that a request's updates are kept with, unless they bring their own; undefined: none. */
export const Trace = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Request>().trace,
);

/** Reads a request's `traceparent` and `tracestate`, and while spans are made, begins one that ends with the answer. */
@Injectable()
export class TraceInterceptor implements NestInterceptor {
  constructor(private readonly tracing: Tracing) {}

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const span = this.tracing.begin(readTraceContext(request.headers.traceparent, request.headers.tracestate));
    request.trace = span.trace;
    response.once('close', () => span.end(response.headersSent ? response.statusCode : undefined));
    return next.handle();
  }
}
