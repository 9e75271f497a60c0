/** How a lane was claimed. */
export interface Claim {
  mode: 'open' | 'probing';
  /** Deliveries tried before it are due; null: a nudge, which is for untried ones. */
  poll: Date | null;
  /** When the claim was asked for, by the process' own clock. */
  at: number;
  leaseMillis: number;
  /** So many may be in flight at most, whatever the webhook says. */
  maxConcurrent: number;
}
