import { IsDefined, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, validateSync } from 'class-validator';
import { distance } from 'fastest-levenshtein';
import { InvalidInputError } from '../errors/errors.js';
import { parseWebhookType } from '../updates/update-type.js';
import { WEBHOOK_TYPES, type WebhookType } from '../updates/update.js';
import { readBody, UNPROCESSABLE } from './input.js';
import { OPTION_NAMES, readOptions } from './options.dto.js';
import { fieldsOf, refuseUnknown } from './read-fields.js';
import { STORABLE } from './rules.js';
import type { Options } from './webhook.entity.js';

const unstorable = { message: '$property holds a NUL character or half a surrogate pair: leave it out' };

/** The body of `POST /webhooks` (contract §2). */
export class WebhookDto {
  @IsDefined({ message: 'uri is missing: give the address to deliver to' })
  @IsString()
  @Matches(STORABLE, unstorable)
  uri: string;

  @IsDefined({ message: `type is missing: give one of ${WEBHOOK_TYPES.join(', ')}` })
  @IsIn(WEBHOOK_TYPES)
  type: WebhookType;

  /** Epoch milliseconds. */
  @IsOptional()
  @IsInt()
  @Min(Number.MIN_SAFE_INTEGER)
  @Max(Number.MAX_SAFE_INTEGER)
  timestamp?: number | null;

  @IsOptional()
  @IsString()
  @Matches(STORABLE, unstorable)
  user?: string | null;

  @IsOptional()
  @IsString()
  @Matches(STORABLE, unstorable)
  id?: string | null;
}
const OWN_NAMES = fieldsOf(WebhookDto);

/** A webhook to register, with the options that were given. */
export interface NewWebhookDto extends WebhookDto {
  options: Partial<Options>;
}

/**
 * Reads the body as Singularity does: its own words for what it calls unprocessable, ours where it fails with 500.
 * @throws InvalidInputError
 */
export function readWebhook(body: Buffer | undefined): NewWebhookDto {
  const fields = readBody(body);
  if (fields === null) throw new InvalidInputError('body', 'body is empty: give {"uri": …, "type": …}');
  const dto = toDto(fields);
  const [problem] = validateSync(dto);
  if (!problem) return Object.assign(dto, { options: readGivenOptions(fields, dto.type) });
  const { isDefined, matches, isString } = problem.constraints ?? {};
  throw new InvalidInputError(problem.property, isDefined ?? (isString ? UNPROCESSABLE : (matches ?? UNPROCESSABLE)));
}

/**
 * Whoever knows Hooktide's options doesn't count on unknown fields being ignored: theirs may be one mistyped. Of those who
 * name none, a field that is nearly one is taken for it, too.
 */
function readGivenOptions(fields: Record<string, unknown>, type: WebhookType): Partial<Options> {
  if (!Object.keys(fields).some((name) => isNearlyAnOption(name))) return {};
  refuseUnknown(fields, [...OWN_NAMES, ...OPTION_NAMES]);
  return readOptions(fields, { type });
}

function isNearlyAnOption(name: string): boolean {
  if (OWN_NAMES.includes(name)) return false;
  // Two letters that changed places are two typos; of a short word, two may make another.
  return OPTION_NAMES.some((option) => distance(name, option) <= (option.length < 6 ? 1 : 2));
}

/** Unknown fields are ignored, and scalars stand for each other, as upstream has it. */
function toDto({ uri, type, timestamp, user, id }: Record<string, unknown>): WebhookDto {
  return Object.assign(new WebhookDto(), {
    uri: scalarToText(uri),
    type: typeof type === 'string' ? (parseWebhookType(type) ?? type) : type,
    timestamp: textToNumber(timestamp),
    user: scalarToText(user),
    id: scalarToText(id),
  });
}

function scalarToText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function textToNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.trim() === '' ? null : Number(value);
}
