import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Format, Order, Origin, Retry } from '../updates/target.js';
import type { DisabledReason } from '../updates/webhook-health.js';
import type { ReceiverAuth, ReceiverTls, Signing } from '../updates/webhook-secrets.js';
import type { WebhookType } from '../updates/update.js';
import type { Headers } from './custom-headers.js';
import type { Filter } from './filter.js';

const MILLIS = { from: Number, to: (millis: number) => millis };

/** A registered target: a uri and the type of updates it wants (contract §2), and Hooktide's options. */
@Entity({ name: 'webhook', schema: 'hooktide', synchronize: false })
export class Webhook {
  @PrimaryColumn('text')
  id: string;

  @Column('bigint', { name: 'lane_id', transformer: MILLIS })
  laneId: number;

  @Column('text')
  type: WebhookType;

  /** May hold placeholders. */
  @Column('text')
  uri: string;

  @Column('text', { nullable: true })
  user: string | null;

  /** `config`: an SNS topic that the config names; it stays out of Singularity's lists. */
  @Column('text')
  origin: Origin;

  @Column('text', { nullable: true })
  description: string | null;

  /** Epoch milliseconds, as the client gave it or when it was registered. */
  @Column('bigint', { transformer: MILLIS })
  timestamp: number;

  @Column('timestamptz', { name: 'registered_at' })
  registeredAt: Date;

  /** Null: it wants all updates of its type. */
  @Column('jsonb', { nullable: true })
  filter: Filter | null;

  /** As the row has them; opened, once it is loaded (`sealed.ts`). */
  @Column('jsonb', { nullable: true })
  headers: Headers | null;

  @Column('text', { nullable: true })
  sealed: string | null;

  /** Of what is sealed, once the row is loaded. */
  auth: ReceiverAuth | null;

  signing: Signing | null;

  tls: ReceiverTls | null;

  /** Why what is sealed can't be opened. */
  unreadable?: string;

  /** What of the config's egress rules it keeps to; null: all that they allow. */
  @Column('text', { name: 'only_to', array: true, nullable: true })
  onlyTo: string[] | null;

  @Column('text')
  format: Format;

  @Column('text')
  order: Order;

  /** Null: at every poll, within the limits of the config. */
  @Column('jsonb', { nullable: true })
  retry: Retry | null;

  @Column('integer', { name: 'connect_timeout_millis', nullable: true })
  connectTimeoutMillis: number | null;

  @Column('integer', { name: 'timeout_millis', nullable: true })
  timeoutMillis: number | null;

  @Column('integer', { name: 'max_concurrent', nullable: true })
  maxConcurrent: number | null;

  /** Since when nothing is sent, as the receiver wants no more (410), or has failed for too long; what comes goes on queueing. */
  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;

  /** Why; null, of one disabled by the build before: by a 410. */
  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason: DisabledReason | null;

  /** Since when an operator has paused it; what comes goes on queueing. */
  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt: Date | null;
}

/** What Hooktide lets a webhook be told beyond Singularity's fields. */
export type Options = Pick<
  Webhook,
  | 'description'
  | 'filter'
  | 'headers'
  | 'auth'
  | 'signing'
  | 'tls'
  | 'onlyTo'
  | 'format'
  | 'order'
  | 'retry'
  | 'connectTimeoutMillis'
  | 'timeoutMillis'
  | 'maxConcurrent'
>;
