import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { HooktideError, InvalidInputError } from '../errors/errors.js';
import { readText } from '../updates/fields.js';
import { ACTIONS, DisabledAction, type Action } from './disabled-action.entity.js';
import { firstOf, readBody, type Given } from './input.js';

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

/** In bytes: the message stands in answers. */
const MAX_MESSAGE_BYTES = 4_000;
const DEFAULT_MESSAGE = 'Action is currently disabled';

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
  async disable(action: string, body: Buffer | undefined, givenUser: Given): Promise<void> {
    const message = readBody(body)?.message;
    await this.actions.upsert(
      {
        type: readAction(action),
        message: message ? readText(message, 'message', MAX_MESSAGE_BYTES) : DEFAULT_MESSAGE,
        user: firstOf(givenUser, 'user') ?? null,
      },
      ['type'],
    );
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
