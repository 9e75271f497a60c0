// Reads the Dockerfile: the instructions that ours has, and none beside.
import { readFileSync } from 'node:fs';

const KNOWN = new Set('ARG CMD COPY ENV EXPOSE FROM HEALTHCHECK LABEL RUN USER WORKDIR'.split(' '));

/**
 * @typedef {object} Step
 * @property {string} name of the instruction, in capitals
 * @property {Record<string, string>} flags `--from=build` is `{ from: 'build' }`
 * @property {string} text what follows
 */

/**
 * The stages of a Dockerfile by their names, in order, each with its steps. What stands before the first is left out.
 * @returns {Map<string, Step[]>}
 */
export function readStages(file) {
  const stages = new Map();
  let steps = [];
  const text = readFileSync(file, 'utf8').replaceAll(/^\s*#.*\n/gm, '');
  for (const line of text.replaceAll(/\\\n\s*/g, '').split('\n')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (line.trim() === '') continue;
    if (!KNOWN.has(name)) throw new Error(`${file}: layout.mjs knows no such instruction: ${line.trim()}`);
    const step = { name, ...splitFlags(rest) };
    if (name === 'FROM') stages.set(/\sAS\s+(\S+)$/.exec(rest)?.[1], (steps = []));
    steps.push(step);
  }
  return stages;
}

function splitFlags(rest) {
  const flags = {};
  let text = rest;
  for (;;) {
    const [whole, name, value] = /^--([a-z-]+)=(\S+)\s+/.exec(text) ?? [];
    if (whole === undefined) return { flags, text };
    flags[name] = value;
    text = text.slice(whole.length);
  }
}

const commandIn = (text) => JSON.parse(text.replace(/^CMD\s+/, ''));

/** What a stage's image says of how it is run: its environment, user, command and health check. */
export function readRun(steps) {
  const last = (name) => steps.findLast((step) => step.name === name)?.text;
  return {
    workdir: last('WORKDIR'),
    user: last('USER'),
    env: Object.assign({}, ...steps.filter(({ name }) => name === 'ENV').map(({ text }) => pairsOf(text))),
    command: commandIn(last('CMD')),
    healthcheck: commandIn(last('HEALTHCHECK') ?? '[]'),
  };
}

/** `A=1 B="2 3"` */
const pairsOf = (text) =>
  Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name, quoted, bare]) => [name, quoted ?? bare]),
  );
