import { describe, expect, it } from 'vitest';
import { redactBy, type RedactRules } from './redact.js';

const NAMES = ['*SECRET*', '*PASS*', '*TOKEN*', '*KEY*', '*_DSN', 'DATABASE_URL'];
const byEnv = (more: Partial<RedactRules> = {}) => redactBy({ env: true, names: NAMES, paths: [], ...more })!;
const step = (at: string | number | null, isDeep = false) => ({ at, isDeep });
const byPath = (...path: ReturnType<typeof step>[]) => redactBy({ env: false, names: NAMES, paths: [path] })!;

describe('without a rule', () => {
  it('there is nothing to do', () => {
    expect(redactBy({ env: false, names: NAMES, paths: [] })).toBeNull();
  });
});

describe('variables', () => {
  it.each([
    // Singularity's maps
    ['{"env":{"DB_PASSWORD":"x","HOME":"/root"}}', '{"env":{"DB_PASSWORD":"***","HOME":"/root"}}'],
    ['{"taskEnv":{"0":{"API_KEY":"x"},"1":{"A":"b"}}}', '{"taskEnv":{"0":{"API_KEY":"***"},"1":{"A":"b"}}}'],
    ['{"envOverrides":{"secret":"x"}}', '{"envOverrides":{"secret":"***"}}'],
    // of Mesos
    [
      '{"environment":{"variables":[{"name":"A_TOKEN","value":"x"},{"name":"A","value":"x"}]}}',
      '{"environment":{"variables":[{"name":"A_TOKEN","value":"***"},{"name":"A","value":"x"}]}}',
    ],
    [
      '{"environment":{"variables":[{"value":"x","type":"VALUE","name":"A_TOKEN"}]}}',
      '{"environment":{"variables":[{"value":"***","type":"VALUE","name":"A_TOKEN"}]}}',
    ],
    [
      '{"environment":{"variables":[{"name":"A","type":"SECRET","secret":{"value":{"data":"eA=="}}}]}}',
      '{"environment":{"variables":[{"name":"A","type":"SECRET","secret":"***"}]}}',
    ],
    // Docker's parameters, and what others write
    ['{"parameters":{"env":"API_KEY=x"}}', '{"parameters":{"env":"***"}}'],
    ['{"parameters":{"env":"COLOR=red"}}', '{"parameters":{"env":"COLOR=red"}}'],
    ['{"dockerParameters":[{"key":"env","value":"API_KEY=x"}]}', '{"dockerParameters":[{"key":"env","value":"***"}]}'],
    ['{"dockerParameters":[{"key":"env","value":"A=x"}]}', '{"dockerParameters":[{"key":"env","value":"A=x"}]}'],
    ['{"Env":["API_KEY=x","A=b","PATH"]}', '{"Env":["***","A=b","PATH"]}'],
    // secrets by their looks
    ['{"env":{"QUEUE":"amqp://u:p@mq/x"}}', '{"env":{"QUEUE":"***"}}'],
    ['{"env":{"QUEUE":"amqp:\\/\\/u:p@mq\\/x"}}', '{"env":{"QUEUE":"***"}}'],
    ['{"env":{"DB":"host=db password=x"}}', '{"env":{"DB":"***"}}'],
    ['{"env":{"JAVA_OPTS":"-Xmx1g -Ddb.password=x"}}', '{"env":{"JAVA_OPTS":"***"}}'],
    ['{"env":{"CONF":"{\\"token\\": \\"x\\"}"}}', '{"env":{"CONF":"***"}}'],
    ['{"env":{"SITE":"https://example.com/a?b=c"}}', '{"env":{"SITE":"https://example.com/a?b=c"}}'],
    // values of all kinds
    ['{"env":{"A_KEY":1.0e3,"B":512.0}}', '{"env":{"A_KEY":"***","B":512.0}}'],
    ['{"env":{"A_KEY":{"b":[1,"}"]},"B":null}}', '{"env":{"A_KEY":"***","B":null}}'],
    ['{"env":[{"name":"A_KEY","value":{"b":{"value":[1]}}}]}', '{"env":[{"name":"A_KEY","value":"***"}]}'],
    ['{"env":{"A_KEY":""}}', '{"env":{"A_KEY":"***"}}'],
    // names as JSON may have them
    ['{"\\u0065nv":{"A_\\u004bEY":"x"}}', '{"\\u0065nv":{"A_\\u004bEY":"***"}}'],
    [
      '{"env":{"A_KEY":"1","A_KEY":"2"},"env":{"A_KEY":3}}',
      '{"env":{"A_KEY":"***","A_KEY":"***"},"env":{"A_KEY":"***"}}',
    ],
    ['{"env":{"a_Key":"x","\\"_KEY":"y"}}', '{"env":{"a_Key":"***","\\"_KEY":"***"}}'],
    [
      '{"env":[{"name":"A","name":"A_KEY","value":1,"value":2}]}',
      '{"env":[{"name":"A","name":"A_KEY","value":"***","value":"***"}]}',
    ],
    // variables that are called as the parts of a pair
    ['{"env":{"key":"x","name":"n","A":"b"}}', '{"env":{"key":"***","name":"n","A":"b"}}'],
    ['{"env":{"value":"https://u:p@h","A":"b"}}', '{"env":{"value":"***","A":"b"}}'],
    // blanks and what stands around it
    [
      ' { "env" : { "A_KEY" : "x" } , "n":12345678901234567890 } ',
      ' { "env" : { "A_KEY" : "***" } , "n":12345678901234567890 } ',
    ],
  ])('%s', (payload, expected) => {
    expect(byEnv()(payload)).toBe(expected);
  });

  it.each([
    '{}',
    '[]',
    '"env"',
    '{"env":null}',
    '{"env":{}}',
    '{"env":"prod"}',
    '{"environment":"prod","labels":{"API_KEY":"not a variable"}}',
    '{"metadata":[{"key":"API_KEY","value":"not a variable"}]}',
    '{"arguments":["--password=x"]}',
  ])('%s is left alone', (payload) => {
    expect(byEnv()(payload)).toBe(payload);
  });

  it('go by the names that are given', () => {
    const payload = '{"env":{"COLOR":"red","DB_PASSWORD":"x"}}';
    expect(byEnv({ names: ['col*r'] })(payload)).toBe('{"env":{"COLOR":"***","DB_PASSWORD":"x"}}');
    expect(byEnv({ names: [] })(payload)).toBe(payload);
    expect(byEnv({ names: ['*'] })(payload)).toBe('{"env":{"COLOR":"***","DB_PASSWORD":"***"}}');
  });
});

describe('paths', () => {
  const payload = '{"a":{"b":[{"c":1.0,"d":2},{"c":"x"}],"c":{"c":3}},"0":[4,5]}';

  it.each([
    [[step('a')], '{"a":"***","0":[4,5]}'],
    [
      [step('a'), step('b'), step(null), step('c')],
      '{"a":{"b":[{"c":"***","d":2},{"c":"***"}],"c":{"c":3}},"0":[4,5]}',
    ],
    [[step('a'), step('b'), step(1)], '{"a":{"b":[{"c":1.0,"d":2},"***"],"c":{"c":3}},"0":[4,5]}'],
    [[step('c', true)], '{"a":{"b":[{"c":"***","d":2},{"c":"***"}],"c":"***"},"0":[4,5]}'],
    [[step('a'), step('c', true), step('c')], '{"a":{"b":[{"c":1.0,"d":2},{"c":"x"}],"c":{"c":"***"}},"0":[4,5]}'],
    [[step(0, true)], '{"a":{"b":["***",{"c":"x"}],"c":{"c":3}},"0":["***",5]}'],
    [[step('0')], '{"a":{"b":[{"c":1.0,"d":2},{"c":"x"}],"c":{"c":3}},"0":"***"}'],
    [[step(0)], payload],
    [[step('c')], payload],
    [[step(null)], '{"a":"***","0":"***"}'],
    [[step(null, true)], '{"a":"***","0":"***"}'],
  ])('%j', (path, expected) => {
    expect(byPath(...path)(payload)).toBe(expected);
  });

  it('stand beside each other and beside variables; the outer value counts', () => {
    const redact = byEnv({ paths: [[step('env'), step('A')], [step('x')], [step('x'), step('y')]] });
    expect(redact('{"x":{"y":1},"env":{"A":1,"B_KEY":2}}')).toBe('{"x":"***","env":{"A":"***","B_KEY":"***"}}');
  });
});
