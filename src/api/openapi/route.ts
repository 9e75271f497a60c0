import { curlOf, type Request } from './curl.js';
import { refusals, type Refuses } from './refusals.js';
import type { Schema } from './schema.js';

/** A parameter by its place: a path's are required, the others aren't unless they say so. */
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description: string;
  schema: Schema;
}

/** A request that works, and what it is answered with. */
export interface Example {
  summary: string;
  /** Values of parameters, by name. */
  values?: Record<string, string>;
  /** Of several kinds of body; else the only one. */
  mediaType?: string;
  body?: unknown;
  /** Nothing where the answer has no body. */
  answer?: unknown;
}

/** One method of one path, as it is documented. */
export interface Route {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** With `{parameters}`. */
  path: string;
  id: string;
  tag: string;
  summary: string;
  description: string;
  isDeprecated?: boolean;
  /** No token is asked for. */
  isPublic?: boolean;
  /** What is asked for in the place of the API's token. */
  security?: object[];
  parameters?: Parameter[];
  body?: { description: string; isOptional?: boolean; content: Record<string, Schema> };
  status: number;
  /** What the answer is, JSON if it doesn't say; without a schema it has no body. */
  answer: { description: string; headers?: Record<string, object>; schema?: Schema; mediaType?: string };
  /** Answers that are neither success nor a refusal, by their status. */
  otherAnswers?: Record<string, object>;
  /** Left out where nothing is refused. */
  refuses?: Refuses;
  /** By name, in the order in which they can be run. */
  examples: Record<string, Example>;
}

type Named = [name: string, example: Example];

/** The route as an operation object of OpenAPI. */
export function toOperation(route: Route): object {
  const examples = Object.entries(route.examples);
  const {
    id,
    tag,
    summary,
    body,
    isDeprecated,
    isPublic,
    security,
    parameters = [],
    otherAnswers = {},
    refuses,
  } = route;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [route.description, ...examples.map(([, example]) => pasted(route, example))].join('\n\n'),
    ...(isDeprecated ? { deprecated: true } : {}),
    ...(isPublic ? { security: [] } : {}),
    ...(security ? { security } : {}),
    ...(parameters.length > 0 ? { parameters: parameters.map((parameter) => withExamples(parameter, examples)) } : {}),
    ...(body ? { requestBody: toRequestBody(body, examples) } : {}),
    responses: { [route.status]: toAnswer(route, examples), ...otherAnswers, ...(refuses ? refusals(refuses) : {}) },
  };
}

function toRequestBody({ description, isOptional, content }: NonNullable<Route['body']>, examples: Named[]): object {
  const [only] = Object.keys(content);
  const entries = Object.entries(content).map(([mediaType, schema]) => {
    const own = examples.filter(([, { body, mediaType: its = only }]) => body !== undefined && its === mediaType);
    const values = own.map(([name, { summary, body }]) => [name, { summary, value: body }]);
    return [mediaType, { schema, examples: Object.fromEntries(values) }];
  });
  return { description, required: isOptional !== true, content: Object.fromEntries(entries) };
}

function toAnswer({ answer }: Route, examples: Named[]): object {
  const { description, headers, schema, mediaType = 'application/json' } = answer;
  const told = { description, ...(headers ? { headers } : {}) };
  if (schema === undefined) return told;
  const values = examples.map(([name, { summary, answer }]) => [name, { summary, value: answer }]);
  return { ...told, content: { [mediaType]: { schema, examples: Object.fromEntries(values) } } };
}

function withExamples(parameter: Parameter, examples: Named[]): object {
  const own = examples.filter(([, { values = {} }]) => values[parameter.name] !== undefined);
  const values = own.map(([name, { summary, values = {} }]) => [name, { summary, value: values[parameter.name] }]);
  return {
    ...parameter,
    required: parameter.required ?? parameter.in === 'path',
    ...(values.length > 0 ? { examples: Object.fromEntries(values) } : {}),
  };
}

const pasted = (route: Route, example: Example): string =>
  `${example.summary}:\n\n\`\`\`sh\n${curlOf(toRequest(route, example))}\n\`\`\``;

function toRequest({ method, path, parameters = [], body }: Route, example: Example): Request {
  const { values = {}, mediaType = Object.keys(body?.content ?? {})[0] } = example;
  const given = parameters.filter(({ name }) => values[name] !== undefined);
  const query = given.filter((parameter) => parameter.in === 'query');
  const headers = given.filter((parameter) => parameter.in === 'header');
  const search = query.map(({ name }) => `${name}=${encodeURIComponent(values[name] ?? '')}`).join('&');
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  return {
    method: method.toUpperCase(),
    path: search === '' ? filled : `${filled}?${search}`,
    headers: {
      ...Object.fromEntries(headers.map(({ name }) => [name, values[name] ?? ''])),
      ...(example.body === undefined || mediaType === undefined ? {} : { 'Content-Type': mediaType }),
    },
    body: example.body === undefined ? undefined : print(example.body),
  };
}

const SHORT = 80;

/** JSON on one line, or on several where that would be long. */
function print(body: unknown): string {
  const line = JSON.stringify(body);
  return line.length > SHORT ? JSON.stringify(body, null, 2) : line;
}
