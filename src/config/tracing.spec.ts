import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors/errors.js';
import { loadConfig } from './load.js';
import { readHeaders } from './tracing-values.js';

const tracing = (variables: Record<string, string>, cwd = '/srv') => {
  const named = Object.entries(variables).map(([name, value]) => [`HOOKTIDE_TRACING_${name}`, value]);
  return loadConfig(Object.fromEntries(named), cwd).config.tracing;
};

function refused(variables: Record<string, string>, cwd?: string): ConfigError {
  try {
    tracing(variables, cwd);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

it('is off unless an endpoint is named', () => {
  expect(tracing({})).toEqual({ endpoint: null, headers: null, samplePercent: 100 });
});

it.each(['http://127.0.0.1:4318', 'https://collector.internal/otlp', 'http://[::1]:4318/v1/traces'])(
  'takes %s as endpoint',
  (endpoint) => {
    expect(tracing({ ENDPOINT: endpoint }).endpoint).toBe(endpoint);
  },
);

it.each([
  'collector:4318',
  'grpc://collector:4317',
  'http://me:s3cret@collector:4318',
  'http://collector:4318/?key=s3cret',
  'http://collector:4318/#s3cret',
])('refuses %s as endpoint, without saying it', (endpoint) => {
  const { key, message } = refused({ ENDPOINT: endpoint });
  expect(key).toBe('tracing.endpoint');
  expect(message).toContain('write the url of a collector');
  expect(message).not.toContain('s3cret');
});

it.each(['-1', '101', '0.5', 'all'])('refuses %s percent', (samplePercent) => {
  expect(refused({ SAMPLE_PERCENT: samplePercent }).key).toBe('tracing.samplePercent');
});

describe('headers', () => {
  it.each([
    ['authorization=Bearer abc', { authorization: 'Bearer abc' }],
    ['Authorization=Basic dXNlcjpwYXNz==,X-Scope=1', { authorization: 'Basic dXNlcjpwYXNz==', 'x-scope': '1' }],
    ['a=1\nb=2\n', { a: '1', b: '2' }],
    ['a=1%2C2', { a: '1,2' }],
  ])('are read from %j', (text, expected) => {
    expect(readHeaders(text)).toEqual(expected);
  });

  it.each(['', 'a', '=1', 'a=', 'a b=1', 'a=%', 'a=\u00e9', 'a=1%0d%0ab: 2'])('are not read from %j', (text) => {
    expect(readHeaders(text)).toBeNull();
  });

  it('come from a file too, and print as ***', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'hooktide-tracing-'));
    writeFileSync(join(cwd, 'headers'), 'authorization=s3cret\n');
    const config = tracing({ HEADERS_FILE: 'headers' }, cwd);
    expect(config.headers?.reveal()).toBe('authorization=s3cret');
    expect(inspect(config, { depth: 5 })).not.toContain('s3cret');
  });

  it('that break the form are refused without being shown', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'hooktide-tracing-'));
    writeFileSync(join(cwd, 'headers'), 's3cret');
    for (const error of [refused({ HEADERS: 's3cret' }), refused({ HEADERS_FILE: 'headers' }, cwd)]) {
      expect(error.key).toMatch(/^tracing\.headers/);
      expect(error.message).toContain('name=value');
      expect(error.message).not.toContain('s3cret');
    }
  });

  it('are given once', () => {
    expect(refused({ HEADERS: 'a=1', HEADERS_FILE: 'headers' }).message).toContain('are both given');
  });
});
