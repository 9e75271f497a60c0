import type { TracingConfig } from './config.js';
import { Secret } from './secret.js';
import { readSecret, refusal, type OriginOf } from './secret-file.js';
import type { Settings } from './settings.dto.js';
import { areHeadersOrNull, SOME_HEADERS } from './tracing-values.js';

/** @throws ConfigError on a file that can't be read, and on what it shouldn't hold */
export function tracingOf(settings: Settings['tracing'], originOf: OriginOf, cwd: string): TracingConfig {
  const { endpoint, samplePercent } = settings;
  return { endpoint, headers: headersOf(settings, originOf, cwd), samplePercent };
}

function headersOf({ headers, headersFile }: Settings['tracing'], originOf: OriginOf, cwd: string): Secret | null {
  const [given, file] = ['tracing.headers', 'tracing.headersFile'] as const;
  if (headersFile === null) return headers === null ? null : new Secret(headers);
  if (headers !== null) {
    const reason = `${given} and ${file} are both given: write one of them.`;
    throw refusal(file, `${originOf(given)} and ${originOf(file)}`, reason);
  }
  const text = readSecret(file, headersFile, originOf, cwd);
  if (areHeadersOrNull(text)) return new Secret(text);
  const reason = `${file} names ${headersFile}, which holds something else: write ${SOME_HEADERS.replace(', or null', '')} into it.`;
  throw refusal(file, originOf(file), reason);
}
