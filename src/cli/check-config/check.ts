import type { LoadedConfig } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import { compileEgress } from '../../egress/compile.js';
import { ConfigError } from '../../errors/errors.js';
import { keysOfConfig } from '../../secrets/config-keys.js';
import { openKeyPairs } from '../../signing/config-keys.js';
import { destinationsOf } from '../../webhooks/topics.js';

/** What a start would say of a config. */
export interface Checked {
  /** Null: it can't be read. */
  loaded: LoadedConfig | null;
  /** Sentences that name the key, the reason and what to write instead; none: it is good. */
  problems: string[];
}

/** What the start does with the config, apart from what needs a database or a network. */
const STEPS: ((config: LoadedConfig['config']) => unknown)[] = [
  keysOfConfig,
  openKeyPairs,
  ({ egress }) => compileEgress(egress),
  ({ webhookQueue }) => destinationsOf(webhookQueue.snsTopics),
];

/** @param env what the process would be started with */
export function checkConfig(env: NodeJS.ProcessEnv): Checked {
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(env);
  } catch (error) {
    return { loaded: null, problems: problemsIn(error) };
  }
  const problems = STEPS.flatMap((step) => {
    try {
      step(loaded.config);
      return [];
    } catch (error) {
      return problemsIn(error);
    }
  });
  return { loaded, problems };
}

/** One a line. */
function problemsIn(error: unknown): string[] {
  if (error instanceof ConfigError) return error.message.split('\n');
  throw error;
}
