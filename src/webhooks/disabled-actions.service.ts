import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { writeAudit, type Actor } from '../database/audit.js';
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

  /**
   * @param body empty, or `{"message": "…"}`
   * @param user whom the client names: the list shows it
   */
  async disable(
    action: string,
    body: Buffer | undefined,
    { user: givenUser, by }: { user: Given; by: Actor },
  ): Promise<void> {
    const given = readBody(body)?.message;
    const type = readAction(action);
    const message = given ? readText(given, 'message', MAX_MESSAGE_BYTES) : DEFAULT_MESSAGE;
    const user = firstOf(givenUser, 'user') ?? null;
    await this.actions.manager.transaction(async (manager) => {
      await manager.upsert(DisabledAction, { type, message, user }, ['type']);
      await writeAudit(manager, { by, action: 'action.disabled', target: type });
    });
  }

  async enable(action: string, by: Actor): Promise<void> {
    const type = readAction(action);
    await this.actions.manager.transaction(async (manager) => {
      const { affected } = await manager.delete(DisabledAction, { type });
      if (affected) await writeAudit(manager, { by, action: 'action.enabled', target: type });
    });
  }
}

function readAction(text: string): Action {
  const action = ACTIONS.find((known) => known === text.toUpperCase());
  if (!action) throw new InvalidInputError('action', `action: write one of ${ACTIONS.join(', ')}`);
  return action;
}
