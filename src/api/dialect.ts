import { hookSlingerError } from './hook-slinger-error.js';
import { problem } from './problem.js';
import type { Refusal } from './refusal.js';
import { sailError } from './sail-error.js';
import { singularityError } from './singularity-error.js';
import { speaksSingularity } from './speaks-singularity.js';

/** An error as it leaves. */
export interface Body {
  type: string;
  body: string;
  /** In the place of the refusal's. */
  status?: number;
}

const HOOK_SLINGER = /^\/hook_slinger\/?$/;
const SAIL = /^\/v1(\/|$)/i;

/** How errors look on a route: in the words of the system whose route it is, on Hooktide's own as problem details. */
export function inDialect(method: string, url: string, error: unknown, refusal: Refusal): Body {
  const [path = ''] = url.split('?', 1);
  if (HOOK_SLINGER.test(path)) return hookSlingerError(error, refusal);
  if (SAIL.test(path)) return sailError(refusal);
  return speaksSingularity(method, url) ? singularityError(error, refusal) : problem(refusal);
}
