import { faultIn } from './check-json.js';
import { decodeBody, UndecodableError } from './decode-body.js';
import { MessageRefusedError } from './refused.error.js';

/**
 * The body as checked JSON without blanks around it, `null` where there is none; null: it is called something else than
 * JSON. As FastAPI 0.92 reads bodies: what is called nothing is JSON.
 * @throws MessageRefusedError
 */
export function readBody(body: Uint8Array | undefined, contentType: string | undefined): string | null {
  if (body === undefined || body.length === 0) return 'null';
  if (!isCalledJson(contentType)) return null;
  const text = textOf(body);
  const fault = faultIn(text);
  if (fault === null) return text.trim();
  if (fault === 'too_deep') throw unreadable();
  const { msg, pos, lineno, colno } = fault;
  const where = `line ${lineno} column ${colno} (char ${pos})`;
  const error = { loc: ['body', pos], msg: `${msg}: ${where}`, type: 'value_error.jsondecode', ctx: fault };
  throw new MessageRefusedError(422, [error]);
}

function textOf(body: Uint8Array): string {
  try {
    return decodeBody(body);
  } catch (error) {
    throw error instanceof UndecodableError ? unreadable() : error;
  }
}

const unreadable = (): MessageRefusedError => new MessageRefusedError(400, 'There was an error parsing the body');

/** By the rules of Python's `email.message`: what isn't of the form `a/b` is a text. */
function isCalledJson(contentType: string | undefined): boolean {
  if (!contentType) return true;
  const [type, subtype, ...rest] = contentType.split(';', 1)[0]!.trim().toLowerCase().split('/');
  return type === 'application' && rest.length === 0 && (subtype === 'json' || subtype?.endsWith('+json') === true);
}
