export const AN_ENDPOINT =
  'the url of a collector, such as http://127.0.0.1:4318, without a password, a query or a fragment, or null';
export const SOME_HEADERS = 'headers as name=value, apart by commas or one a line, or null';

/** A password or a token would stand in it for everybody to see: headers are for them. */
export const isEndpointOrNull = (value: unknown): boolean => {
  if (value === null) return true;
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '' && !/[?#]/.test(value);
};

/** RFC 9110 §5.6.2 and §5.5, without what is beyond ASCII. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const TEXT = /^[\t\x20-\x7e]+$/;

export const areHeadersOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && readHeaders(value) !== null);

/**
 * Headers as `OTEL_EXPORTER_OTLP_HEADERS` writes them: values are percent-encoded where they hold a comma. Null: it breaks
 * that form.
 */
export function readHeaders(text: string): Record<string, string> | null {
  const pairs = text.split(/[,\n]/).map((pair) => pair.trim());
  const headers: Record<string, string> = {};
  for (const pair of pairs.filter((one) => one !== '')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, at)).trim();
    const value = decoded(pair.slice(at + 1).trim());
    if (!NAME.test(name) || value === null || !TEXT.test(value)) return null;
    headers[name.toLowerCase()] = value;
  }
  return Object.keys(headers).length > 0 ? headers : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
