import { describe, expect, it } from 'vitest';
import { readFacts } from './payload.js';
import { SAMPLE_ID, samplePayload } from './sample.js';
import { WEBHOOK_TYPES } from './update.js';

describe('a sample', () => {
  it.each(WEBHOOK_TYPES)('of %s is one whose facts can be read, of now, about nothing real', (type) => {
    const facts = readFacts(type, samplePayload(type, 1_795_305_600_000), 'payload');
    expect(facts).toMatchObject({ requestId: SAMPLE_ID, occurredAtMillis: 1_795_305_600_000 });
    expect(facts.subject.replaceAll(SAMPLE_ID, '')).toMatch(/^\/?$/);
  });
});
