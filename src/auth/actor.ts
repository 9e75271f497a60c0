import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../database/audit.js';
import { callerOf } from './caller.js';

interface Asking {
  socket: { remoteAddress?: string };
}

/** Who sent the request, and from where, as the audit log has it. An IPv4 address that came in by IPv6 is that address. */
export function actorOf(request: Asking): Actor {
  const { name, kind } = callerOf(request);
  const address = request.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null;
  // Text in Postgres holds no NUL; a JWT may.
  return { name: name.replaceAll('\0', '\ufffd'), kind, address };
}

/** A parameter of a method that changes something: `@ActedBy() by: Actor`. */
export const ActedBy = createParamDecorator((_: unknown, context: ExecutionContext) =>
  actorOf(context.switchToHttp().getRequest<Asking>()),
);
