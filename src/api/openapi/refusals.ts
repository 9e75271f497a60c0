import { STATUS_CODES } from 'node:http';
import { problem } from '../problem.js';
import { ForbiddenError } from '../../auth/forbidden.error.js';
import { PROBLEMS, type ProblemCode } from '../problems.js';
import type { Refusal } from '../refusal.js';
import { sailError } from '../sail-error.js';
import { singularityError } from '../singularity-error.js';
import { ref } from './schema.js';

/** What any route but the public ones may answer. */
const ALWAYS = ['unauthenticated', 'forbidden', 'too_many_failures', 'internal', 'database_unavailable'] as const;
type Shape = 'problem' | 'singularity' | 'sail';

const SCHEMAS: Record<Shape, string> = { problem: 'Problem', singularity: 'SingularityError', sail: 'SailError' };

/** With what a route refuses, beside what any may answer. */
export interface Refuses {
  codes: ProblemCode[];
  shape: Shape;
  /** An answer that comes as plain text, too, by its status. */
  alsoText?: Record<string, string>;
}

/** The answers with which a route refuses, by their status. One code alone is a component; more stand together. */
export function refusals({ codes, shape, alsoText = {} }: Refuses): object {
  const all = [...codes, ...ALWAYS];
  const statuses = [...new Set(all.map((code) => PROBLEMS[code].status))].toSorted((a, b) => a - b);
  const answers = statuses.map((status) => {
    const its = all.filter((code) => PROBLEMS[code].status === status);
    const also = alsoText[status];
    if (also !== undefined) return [status, withText(toAnswer(its, shape), also)];
    const [only, another] = its.map((code) => nameOf(code, shape));
    return [status, another === undefined ? { $ref: `#/components/responses/${only}` } : toAnswer(its, shape)];
  });
  return Object.fromEntries(answers);
}

/** Every answer that one code alone may be. */
export function refusalComponents(): Record<string, object> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  const shapes = ['problem', 'singularity', 'sail'] as const;
  const all = shapes.flatMap((shape) => codes.map((code) => [nameOf(code, shape), toAnswer([code], shape)]));
  return Object.fromEntries(all);
}

const nameOf = (code: ProblemCode, shape: Shape): string => (shape === 'problem' ? code : `${shape}_${code}`);

interface Answer {
  description: string;
  headers?: object;
  content: Record<string, object>;
}

function toAnswer(codes: ProblemCode[], shape: Shape): Answer {
  const { status } = PROBLEMS[codes[0] ?? 'internal'];
  const printed = codes.map((code) => print(code, shape));
  const mediaType = printed[0]?.type ?? '';
  const isText = mediaType.startsWith('text/');
  const examples = codes.map((code, index) => {
    const body = printed[index]?.body ?? '';
    return [code, { summary: code, value: isText ? body : (JSON.parse(body) as unknown) }];
  });
  const schema = isText ? { type: 'string' } : ref(SCHEMAS[shape]);
  const headers = headersOf(status, shape);
  return {
    description: codes.map((code) => explain(code)).join('\n\n'),
    ...(headers ? { headers } : {}),
    content: { [mediaType]: { schema, examples: Object.fromEntries(examples) } },
  };
}

/** As the error filter would print it. */
function print(code: ProblemCode, shape: Shape): { type: string; body: string } {
  const { status, example } = PROBLEMS[code];
  const { detail, field } = example as { detail: string; field?: string };
  const refusal: Refusal = { status, code, message: detail, field };
  if (shape === 'sail') return sailError(refusal);
  if (shape === 'problem') return problem(refusal);
  return singularityError(code === 'forbidden' ? FORBIDDEN : null, refusal);
}

/** Singularity's words aren't those of the example. */
const FORBIDDEN = ForbiddenError.forScope({ name: 'ci', scopes: ['ingest'] }, 'webhooks');

function explain(code: ProblemCode): string {
  const { status, meaning, remedy } = PROBLEMS[code];
  return `**${status} ${STATUS_CODES[status]}, \`${code}\`.** ${meaning} _What to do:_ ${remedy}`;
}

function headersOf(status: number, shape: Shape): object | undefined {
  if (status === 401) {
    const scheme = shape === 'sail' ? 'Basic realm="Hooktide", charset="UTF-8"' : 'Bearer';
    return { 'WWW-Authenticate': { description: `Always \`${scheme}\`.`, schema: { type: 'string' } } };
  }
  if (status !== 429 && status !== 503) return undefined;
  return { 'Retry-After': { description: 'After so many seconds, send it again.', schema: { type: 'integer' } } };
}

function withText(answer: Answer, example: string): Answer {
  const text = { schema: { type: 'string' }, examples: { text: { summary: 'as plain text', value: example } } };
  return { ...answer, content: { ...answer.content, 'text/plain': text } };
}
