import { plainToInstance, Transform, Type } from 'class-transformer';
import { IsDefined, IsIn, IsInt, IsOptional, IsString, Matches, validateSync } from 'class-validator';
import { InvalidInputError } from '../errors/errors.js';
import { parseUpdateType } from '../updates/update-type.js';
import { UPDATE_TYPES, type UpdateType } from '../updates/update.js';

/** Postgres keeps no NUL in a text. */
const WITHOUT_NUL = /^[^\0]*$/;
const noNul = { message: '$property holds a NUL character: leave it out' };

/** The body of `POST /webhooks` (contract §2). Unknown fields are ignored, numbers are taken for texts, as upstream does. */
export class WebhookDto {
  @IsDefined({ message: 'uri is missing: give the address to deliver to' })
  @Transform(scalarToText)
  @IsString()
  @Matches(WITHOUT_NUL, noNul)
  uri: string;

  @IsDefined({ message: `type is missing: give one of ${UPDATE_TYPES.join(', ')}` })
  @Transform(({ value }) => (typeof value === 'string' ? (parseUpdateType(value) ?? value) : value))
  @IsIn(UPDATE_TYPES)
  type: UpdateType;

  /** Epoch milliseconds. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  timestamp?: number | null;

  @IsOptional()
  @Transform(scalarToText)
  @IsString()
  @Matches(WITHOUT_NUL, noNul)
  user?: string | null;

  @IsOptional()
  @Transform(scalarToText)
  @IsString()
  @Matches(WITHOUT_NUL, noNul)
  id?: string | null;
}

const UPSTREAM = 'Unable to process JSON';

/**
 * Reads the body as Singularity does: its own words for what it calls unprocessable, ours where it fails with 500.
 * @throws InvalidInputError
 */
export function readWebhook(body: Buffer): WebhookDto {
  const parsed = parse(body);
  if (parsed === null) throw new InvalidInputError('body', 'body is empty: give {"uri": …, "type": …}');
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new InvalidInputError('body', UPSTREAM);
  const dto = plainToInstance(WebhookDto, parsed);
  const [problem] = validateSync(dto);
  if (!problem) return dto;
  const { isDefined, matches } = problem.constraints ?? {};
  throw new InvalidInputError(problem.property, isDefined ?? matches ?? UPSTREAM);
}

function parse(body: Buffer): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return null;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new InvalidInputError('body', UPSTREAM);
  }
}

function scalarToText({ value }: { value: unknown }): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
