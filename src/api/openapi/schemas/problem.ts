import { PROBLEMS } from '../../problems.js';
import { object, text, whole, word, type Schema } from '../schema.js';

/** What refusals look like. */
export const PROBLEM_SCHEMAS: Record<string, Schema> = {
  Problem: object(
    "An error on Hooktide's own routes: problem details, as RFC 9457 has them. Branch on `code`.",
    {
      type: { const: 'about:blank', description: 'Always `about:blank`: `code` tells the problems apart.' },
      title: text('The phrase of the HTTP status.'),
      status: whole('The HTTP status.', 400, 599),
      code: word('The stable name of the problem.', Object.keys(PROBLEMS)),
      detail: text('For people: what is wrong, and what to write or do instead. Its words change.'),
      field: text('Only with `invalid_input`: the path of the value at fault, such as `[3].payload.createdAt`.'),
    },
    ['field'],
  ),
  SingularityError: object("An error on Singularity's routes, as its clients know it.", {
    code: whole('The HTTP status.', 400, 599),
    message: text('For people: what is wrong. A 404, 405, 413 or 415 says the status alone.'),
  }),
};
