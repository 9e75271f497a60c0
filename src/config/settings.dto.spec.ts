import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { expect, it } from 'vitest';
import { HookSlingerSettings } from './hook-slinger.dto.js';
import { readYaml } from './read-yaml.js';
import {
  AuthSettings,
  DatabaseSettings,
  EgressSettings,
  EgressTlsSettings,
  HttpSettings,
  IngestSettings,
  LogSettings,
  MetricsSettings,
  RedactSettings,
  SecretsSettings,
  ServerSettings,
  SigningSettings,
} from './sections.dto.js';
import { SnsTopicSettings, WebhookQueueSettings } from './webhook-queue.dto.js';
import { Settings } from './settings.dto.js';
import { TracingSettings } from './tracing.dto.js';

const defaults = readYaml(join(import.meta.dirname, '../../config/default.yaml'), 'config/default.yaml');

const sections = new Map<string, new () => object>([
  ['auth', AuthSettings],
  ['database', DatabaseSettings],
  ['egress', EgressSettings],
  ['egress.tls', EgressTlsSettings],
  ['hookSlinger', HookSlingerSettings],
  ['http', HttpSettings],
  ['ingest', IngestSettings],
  ['log', LogSettings],
  ['metrics', MetricsSettings],
  ['secrets', SecretsSettings],
  ['redact', RedactSettings],
  ['server', ServerSettings],
  ['signing', SigningSettings],
  ['tracing', TracingSettings],
  ['webhookQueue', WebhookQueueSettings],
  ['webhookQueue.snsTopics', SnsTopicSettings],
]);

function keysOf(type: new () => object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}

it('every section and every key of config/default.yaml has a rule, and the other way round', () => {
  const below = (key: string): string[] => {
    const section = sections.get(key);
    return section ? keysOf(section).flatMap((name) => below(`${key}.${name}`)) : [key];
  };
  const ruled = keysOf(Settings).flatMap(below);
  expect(defaults.map(({ path }) => path).sort()).toEqual(ruled.sort());
});
