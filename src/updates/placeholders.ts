import type { UpdateFacts, WebhookType } from './update.js';

export type PlaceholderFacts = Pick<UpdateFacts, 'requestId' | 'deployId' | 'taskId' | 'userId' | 'scope'>;

const FACTS = new Map<string, keyof PlaceholderFacts>([
  ['$REQUEST_ID', 'requestId'],
  ['$DEPLOY_ID', 'deployId'],
  ['$TASK_ID', 'taskId'],
  ['$USER_ID', 'userId'],
  ['$SCOPE', 'scope'],
  ['$WEBHOOK_ID', 'requestId'],
]);

/** Which type knows which names: contract §5.2. */
const PATTERNS: Record<WebhookType, RegExp> = {
  REQUEST: anyOf(['$REQUEST_ID']),
  DEPLOY: anyOf(['$REQUEST_ID', '$DEPLOY_ID']),
  TASK: anyOf(['$REQUEST_ID', '$DEPLOY_ID', '$TASK_ID']),
  CRASHLOOP: anyOf(['$REQUEST_ID', '$DEPLOY_ID']),
  ELEVATED_ACCESS: anyOf(['$REQUEST_ID', '$USER_ID', '$SCOPE']),
  WEBHOOK_HEALTH: anyOf(['$WEBHOOK_ID']),
};

/**
 * Fills a uri's placeholders, percent-encoded, in one pass: a value that looks like a placeholder is not filled again.
 * As upstream there is no word boundary (`$REQUEST_IDX` gives `<id>X`); names that the type doesn't know stay.
 */
export function fillPlaceholders(uri: string, type: WebhookType, facts: PlaceholderFacts): string {
  if (!uri.includes('$')) return uri;
  return uri.replace(PATTERNS[type], (name) => {
    const fact = FACTS.get(name);
    const value = fact && facts[fact];
    return value === undefined ? name : percentEncode(value);
  });
}

/** The longest name first, so that none is taken for the start of another. */
function anyOf(names: string[]): RegExp {
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((name) => name.replace('$', '\\$')).join('|'), 'g');
}

/** Everything but RFC 3986 §2.3's unreserved characters, so that a value can't leave its place in the uri. */
function percentEncode(value: string): string {
  // encodeURIComponent throws on half a surrogate pair.
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
