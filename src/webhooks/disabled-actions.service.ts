import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { HooktideError, InvalidInputError } from '../errors/errors.js';
import { ACTIONS, DisabledAction, type Action } from './disabled-action.entity.js';

/** An operator has switched this action off. */
export class ActionDisabledError extends HooktideError {
  readonly code = 'action_disabled';

  constructor({ type, message }: DisabledAction) {
    super(`Cannot perform action ${type}: ${message}`);
  }
}

/** An action that is switched off, as Singularity shows it. */
export interface DisabledActionView {
  type: Action;
  message: string;
  user?: string;
  automaticallyClearable: false;
}

/** Singularity's switches for actions of this API. */
@Injectable()
export class DisabledActions {
  constructor(@InjectRepository(DisabledAction) private readonly actions: Repository<DisabledAction>) {}

  /** @throws ActionDisabledError */
  async check(type: Action): Promise<void> {
    const disabled = await this.actions.findOneBy({ type });
    if (disabled) throw new ActionDisabledError(disabled);
  }

  async list(): Promise<DisabledActionView[]> {
    const disabled = await this.actions.find({ order: { type: 'ASC' } });
    return disabled.map(({ type, message, user }) => ({
      type,
      message,
      ...(user === null ? {} : { user }),
      automaticallyClearable: false,
    }));
  }

  /** @param body empty, or `{"message": "…"}` */
  async disable(action: string, body: Buffer, user: string | undefined): Promise<void> {
    const message = readMessage(body) ?? 'Action is currently disabled';
    await this.actions.upsert({ type: readAction(action), message, user: user ?? null }, ['type']);
  }

  async enable(action: string): Promise<void> {
    await this.actions.delete({ type: readAction(action) });
  }
}

function readAction(text: string): Action {
  const action = ACTIONS.find((known) => known === text.toUpperCase());
  if (!action) throw new InvalidInputError('action', `action: write one of ${ACTIONS.join(', ')}`);
  return action;
}

function readMessage(body: Buffer): string | undefined {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  let message: unknown;
  try {
    message = (JSON.parse(body.toString('utf8')) as { message?: unknown } | null)?.message ?? undefined;
  } catch {
    throw new InvalidInputError('body', 'Unable to process JSON');
  }
  if (message !== undefined && typeof message !== 'string')
    throw new InvalidInputError('message', 'message: write a text');
  if (message?.includes('\0')) throw new InvalidInputError('message', 'message holds a NUL character: leave it out');
  return message;
}
