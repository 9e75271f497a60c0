import { describe, expect, it } from 'vitest';
import { parseUpdateType, parseWebhookType } from './update-type.js';

describe('parseUpdateType', () => {
  it.each([
    ['TASK', 'TASK'],
    ['request', 'REQUEST'],
    [' De ploy\t\n', 'DEPLOY'],
    ['crashLoop', 'CRASHLOOP'],
    ['elevated-access', 'ELEVATED_ACCESS'],
    ['Elevated.Access', 'ELEVATED_ACCESS'],
    ['ELEVATED _\u00a0ACCESS', 'ELEVATED_ACCESS'],
    ['ELEVATED ACCESS', null],
    ['ELEVATED_ACCE\u00df', null],
    ['CRASH_LOOP', null],
    ['TASKS', null],
    ['WEBHOOK_HEALTH', null],
    ['', null],
    ['toString', null],
  ])('reads %j as %s', (text, expected) => {
    expect(parseUpdateType(text)).toBe(expected);
  });
});

describe('parseWebhookType', () => {
  it.each([
    ['TASK', 'TASK'],
    ['WEBHOOK_HEALTH', 'WEBHOOK_HEALTH'],
    ['webhook-health', 'WEBHOOK_HEALTH'],
    ['MESSAGE', null],
  ])('reads %j as %s', (text, expected) => {
    expect(parseWebhookType(text)).toBe(expected);
  });
});
