/** What went wrong, as a face shows it. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  /** The path of the field at fault. */
  field?: string;
  retryAfterSeconds?: number;
}
