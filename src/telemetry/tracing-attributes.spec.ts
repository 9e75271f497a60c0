import { expect, it } from 'vitest';
import { attributesOf } from './tracing-attributes.js';

const facts = { webhookId: 'audit', updateId: 'u', delivery: 7, attempt: 1, destination: 'http://h/' };
const told = (over: Partial<typeof facts>) => attributesOf({ ...facts, ...over }) as Record<string, unknown>;

it.each([
  ['http://hooks.example.com/a?b#c', 'hooks.example.com', 80],
  ['https://hooks.example.com/', 'hooks.example.com', 443],
  ['https://me:s3cret@hooks.example.com:8443/s3cret', 'hooks.example.com', 8443],
  ['http://[::1]:8080/', '[::1]', 8080],
])('tells of %s only the host and the port', (destination, host, port) => {
  const attributes = told({ destination });
  expect(attributes).toMatchObject({ 'http.request.method': 'POST', 'server.address': host, 'server.port': port });
  expect(JSON.stringify(attributes)).not.toContain('s3cret');
});

it('tells nothing of what is no uri', () => {
  expect(told({ destination: 'http://s3cret s3cret/' })).toEqual({
    'http.request.method': 'POST',
    'hooktide.webhook': 'audit',
    'hooktide.update': 'u',
    'hooktide.delivery': 7,
    'hooktide.attempt': 1,
  });
});

it.each(['arn:aws:sns:eu-west-1:123456789012:task-updates', 'sns:task-updates'])(
  'tells the name of the topic %s',
  (destination) => {
    expect(told({ destination })).toMatchObject({
      'messaging.system': 'aws_sns',
      'messaging.destination.name': 'task-updates',
    });
  },
);

it.each([
  ['audit', 'audit'],
  ['sns:TASK', 'sns:TASK'],
  ['default/web#http-hook', 'default/web#http-hook'],
  ['message:https://hooks.example.com:8443', 'message:https://hooks.example.com:8443'],
  ['TASK-http%3A%2F%2Fhooks.example.com', 'TASK-http%3A%2F%2Fhooks.example.com'],
  ['TASK-https%3A%2F%2Fh.example%3A8443%2Fs3cret%3Fs3cret', 'TASK-https%3A%2F%2Fh.example%3A8443…'],
  ['TASK-https%3A%2F%2Fme%3As3cret%40h.example%2F', 'TASK-https%3A%2F%2Fh.example…'],
  ['https://me:s3cret@h.example?s3cret', 'https://h.example…'],
  ['TASK-http%3a%2f%2fh.example%2fa\ns3cret', 'TASK-http%3a%2f%2fh.example…'],
])('tells of the id %s what is no secret', (webhookId, expected) => {
  expect(told({ webhookId })['hooktide.webhook']).toBe(expected);
});
