/** A topic as a destination names it. */
export interface Topic {
  name: string;
  /** null: it is known by its name only. */
  arn: string | null;
  /** Of the ARN; null: the configured one. */
  region: string | null;
  isFifo: boolean;
}

/** Letters, digits, `_` and `-`: 256 characters, the suffix of FIFO topics included. */
const NAME = String.raw`[\w-]{1,256}|[\w-]{1,251}\.fifo`;
/** The region becomes part of a host's name: strict. Partitions are `aws`, `aws-cn`, `aws-us-gov`, `aws-iso-b`, … */
const REGION = String.raw`[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-\d{1,2}`;
const ARN = new RegExp(`^arn:aws(?:-[a-z]+)*:sns:(${REGION}):\\d{12}:(${NAME})$`);
const BY_NAME = new RegExp(`^sns:(${NAME})$`);

/** Whether a uri is for SNS to understand. */
export function isTopic(uri: string): boolean {
  return uri.startsWith('arn:') || uri.startsWith('sns:');
}

/** Reads `arn:aws:sns:eu-west-1:123456789012:name` or `sns:name`; null for anything else. */
export function parseTopic(destination: string): Topic | null {
  const [arn, region = null, nameOfArn] = ARN.exec(destination) ?? [null];
  const name = nameOfArn ?? BY_NAME.exec(destination)?.[1];
  return name === undefined ? null : { name, arn, region, isFifo: name.endsWith('.fifo') };
}
