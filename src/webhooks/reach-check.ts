import { Injectable } from '@nestjs/common';
import { Reach } from '../egress/reach.js';
import { InvalidInputError } from '../errors/errors.js';
import type { Webhook } from './webhook.entity.js';

/** What of a webhook says where its requests go. */
type Going = Pick<Webhook, 'uri' | 'onlyTo' | 'auth'>;

const SAYS_WHERE: readonly string[] = ['uri', 'onlyTo', 'auth'] satisfies (keyof Going)[];

export const saysWhere = (fields: object): boolean => Object.keys(fields).some((name) => SAYS_WHERE.includes(name));

/** Refuses what egress would refuse at each connect, as far as it can be known when a webhook is registered or changed. */
@Injectable()
export class ReachCheck {
  constructor(private readonly reach: Reach) {}

  /** @throws InvalidInputError */
  async check({ uri, onlyTo, auth }: Going): Promise<void> {
    await this.checkOne('uri', uri, onlyTo);
    if (auth?.type === 'oauth2') await this.checkOne('auth.tokenUrl', auth.tokenUrl, onlyTo);
  }

  private async checkOne(field: string, uri: string, onlyTo: string[] | null): Promise<void> {
    const problem = await this.reach.problem(uri, onlyTo);
    if (problem !== null) throw new InvalidInputError(field, `${field}: ${problem}`);
  }
}
