import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { UpdateType } from '../updates/update.js';

const MILLIS = { from: Number, to: (millis: number) => millis };

/** A registered target: a uri and the type of updates it wants (contract §2). */
@Entity({ name: 'webhook', schema: 'hooktide', synchronize: false })
export class Webhook {
  @PrimaryColumn('text')
  id: string;

  @Column('bigint', { name: 'lane_id', transformer: MILLIS })
  laneId: number;

  @Column('text')
  type: UpdateType;

  /** May hold placeholders. */
  @Column('text')
  uri: string;

  @Column('text', { nullable: true })
  user: string | null;

  /** Epoch milliseconds, as the client gave it or when it was registered. */
  @Column('bigint', { transformer: MILLIS })
  timestamp: number;

  @Column('timestamptz', { name: 'registered_at' })
  registeredAt: Date;

  /** Since when the receiver wants no more (410); what comes goes on queueing. */
  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;
}
