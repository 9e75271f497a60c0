import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Actions of this API that an operator can switch off (contract §1). `VIEW_WEBHOOKS` is a name and nothing more. */
export const ACTIONS = ['ADD_WEBHOOK', 'REMOVE_WEBHOOK', 'VIEW_WEBHOOKS'] as const;
export type Action = (typeof ACTIONS)[number];

/** An action that is switched off. */
@Entity({ name: 'disabled_action', schema: 'hooktide', synchronize: false })
export class DisabledAction {
  @PrimaryColumn('text')
  type: Action;

  @Column('text')
  message: string;

  @Column('text', { nullable: true })
  user: string | null;
}
