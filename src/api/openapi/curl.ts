/** A request as somebody would send it. */
export interface Request {
  method: string;
  /** With its parameters filled in and encoded, and the query. */
  path: string;
  headers: Record<string, string>;
  /** As it is sent. */
  body?: string;
}

/** Where `npm start` serves. */
const BASE = 'http://127.0.0.1:7099';
const LONG = 100;

/** A command line for a shell that sends the request. */
export function curlOf({ method, path, headers, body }: Request): string {
  const implied = body === undefined ? 'GET' : 'POST';
  const parts = [
    `curl -sS -w '\\n'${method === implied ? '' : ` -X ${method}`} ${quote(BASE + path)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quote(body)}`]),
  ];
  const line = parts.join(' ');
  return line.length > LONG ? parts.join(' \\\n  ') : line;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
