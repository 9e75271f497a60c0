import { Document, isMap, isPair, visit } from 'yaml';
import { readSettings } from '../../config/load.js';
import { secretsOf } from '../../config/rules.js';
import { Settings } from '../../config/settings.dto.js';
import { isSection } from '../../config/wording.js';

const HIDDEN = '***';
const DEFAULTS = 'config/default.yaml';

/** Every key with the value that counts, as YAML, and where it was written unless that is the default. What is secret isn't shown. */
export function printResolved(env: NodeJS.ProcessEnv): string {
  const secrets = secretsOf(Settings);
  const document = new Document({});
  const origins = new Map<string, string>();
  for (const { path, value, origin } of readSettings(env, process.cwd()).settings.values()) {
    document.setIn(path.split('.'), document.createNode(shown(value, secrets.has(path) && !path.endsWith('File'))));
    if (!origin.startsWith(DEFAULTS)) origins.set(path, origin);
  }
  visit(document, {
    Pair: (_, pair, above) => {
      const path = [...above.filter(isPair), pair].map(({ key }) => String(key)).join('.');
      const origin = origins.get(path);
      if (origin !== undefined && isMap(above.at(-1))) noteOrigin(pair.value, pair.key, origin);
    },
  });
  return document.toString({ lineWidth: 0 });
}

interface Commented {
  comment?: string | null;
  commentBefore?: string | null;
}

/** A list begins on the next line, where the remark would stand among its entries. */
function noteOrigin(value: unknown, key: unknown, origin: string): void {
  if (typeof value === 'object' && value !== null && 'items' in value) (key as Commented).commentBefore = ` ${origin}`;
  else (value as Commented).comment = ` ${origin}`;
}

/** @param value without what an url holds before its @ */
function shown(value: unknown, isSecret: boolean): unknown {
  if (value === null) return null;
  if (isSecret) return HIDDEN;
  if (typeof value === 'string') return value.replace(/(?<=^\w+:\/\/)[^/?#@]*(?=@)/, HIDDEN);
  if (Array.isArray(value)) return value.map((entry: unknown) => shown(entry, false));
  if (!isSection(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner, false)]));
}
