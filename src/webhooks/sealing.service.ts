import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../database/database.js';
import { sealMessages } from '../queue/sql/seal-messages.js';
import { Vault } from '../secrets/vault.js';
import { Log } from '../telemetry/log.js';
import { SealingRepository } from './sealing.repository.js';

const EVERY_MILLIS = 30_000;
/** The other processes learn some seconds later that all of them can open what is sealed: until then they leave it. */
const ROUNDS_FOR_MESSAGES = 2;

/**
 * Seals what processes of an older build have left in the clear, and seals anew, by the newest key, what an older key sealed:
 * webhooks twice a minute, messages when that begins, once every process that is alive can open what is sealed.
 */
@Injectable()
export class SealingService implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;
  private roundsForMessages = ROUNDS_FOR_MESSAGES;

  constructor(
    private readonly webhooks: SealingRepository,
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.sealAll()
      .catch((error: unknown) => this.log.error('database.failed', { doing: 'seal', error }))
      .finally(() => {
        if (!this.isStopped) this.timer = setTimeout(() => this.onApplicationBootstrap(), EVERY_MILLIS).unref();
      });
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async sealAll(): Promise<void> {
    if (!this.vault.isSealingAll) {
      this.roundsForMessages = ROUNDS_FOR_MESSAGES;
      return;
    }
    const webhooks = await this.each((after: number | null) => this.webhooks.sealNext(after ?? 0));
    if (webhooks > 0) this.log.info('secrets.sealed', { webhooks });
    if (this.roundsForMessages === 0) return;
    const messages = await this.each((after: string | null) => sealMessages(this.database, this.vault, after));
    if (messages > 0) this.log.info('secrets.sealed', { messages });
    this.roundsForMessages -= 1;
  }

  /** Page by page, as long as it may. */
  private async each<Id>(next: (after: Id | null) => Promise<{ sealed: number; last: Id | null }>): Promise<number> {
    let count = 0;
    for (let after: Id | null = null; this.vault.isSealingAll && !this.isStopped;) {
      const { sealed, last } = await next(after);
      count += sealed;
      if (last === null) break;
      after = last;
    }
    return count;
  }
}
