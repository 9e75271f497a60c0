import type { ContainerChange } from '../updates/container.js';
import type { TraceContext } from '../updates/trace-context.js';
import type { UpdateFacts, WebhookType } from '../updates/update.js';

/** An update as a format sees it. */
export interface Formattable extends UpdateFacts, Partial<TraceContext> {
  /** Hooktide's own id of the update. */
  updateId: string;
  type: WebhookType;
  application?: string;
  /** JSON, byte for byte as it came. */
  payload: string;
  /** Of a TASK update that changes its container. */
  container?: ContainerChange;
}

/** @param attempts how often the update was sent before */
export type Writer = (update: Formattable, attempts: number) => Formatted;

/** What leaves: a body, what it is, and headers that the format adds. */
export interface Formatted {
  contentType: string;
  headers: Record<string, string>;
  body: string;
}
