import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import { InvalidInputError } from '../errors/errors.js';
import { Vault, type OpenedSecrets } from '../secrets/vault.js';
import { NO_SECRETS, type WebhookSecrets } from '../updates/webhook-secrets.js';
import { Webhook } from './webhook.entity.js';

/** Opens what is secret of each webhook that is loaded. */
@Injectable()
export class SecretsOpener implements EntitySubscriberInterface<Webhook>, OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: Vault,
  ) {}

  onModuleInit(): void {
    this.dataSource.subscribers.push(this);
  }

  listenTo(): typeof Webhook {
    return Webhook;
  }

  afterLoad(webhook: Webhook): void {
    // Lists load a few columns only.
    if (webhook.sealed !== undefined) Object.assign(webhook, this.vault.openSecrets(webhook));
  }
}

const UNREADABLE = "What is secret of this webhook can't be read";
const ALL_ANEW = 'Bring its key back, or write headers, auth, secret and tls anew, all of them, null for none';

type Columns = Pick<Webhook, 'headers' | 'sealed'>;

/**
 * Columns to be written in place of what is secret among these fields; the others as they are. What can't be opened is all
 * replaced, or stays: what isn't said would be lost, and deliveries go out unsigned.
 * @throws InvalidInputError
 */
export function sealedIn<Fields extends Partial<WebhookSecrets>>(
  fields: Fields,
  stored: OpenedSecrets,
  vault: Vault,
): Omit<Fields, keyof WebhookSecrets> & Partial<Columns> {
  const { headers, auth, signing, tls, ...plain } = fields;
  const given = Object.entries({ headers, auth, signing, tls }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return plain;
  if (stored.unreadable !== undefined && given.length < Object.keys(NO_SECRETS).length) {
    throw new InvalidInputError('secret', `secret: ${UNREADABLE} (${stored.unreadable}). ${ALL_ANEW}`);
  }
  return { ...plain, ...vault.closeSecrets({ ...stored, ...Object.fromEntries(given) }) };
}
