/** The README's table and .env.example say what src/config/variables.ts does: every name, default and sentence. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/config.js';
import { describeDefault, type Variable, variables } from '../../src/config/variables.js';
import { projectFolder } from '../../src/project-folder.js';

const all = Object.entries(variables) as [string, Variable<unknown>][];
const read = (name: string) => readFileSync(projectFolder(name), 'utf8');

test("the README's table is the list of variables", () => {
  const lines = read('README.md').split('\n');
  const header = lines.indexOf('| Variable | Default | What it does |');
  expect(header).toBeGreaterThan(0);
  const rows = lines.slice(header + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  expect(rows.slice(0, end)).toEqual(
    all.map(([name, variable]) => `| \`${name}\` | ${describeDefault(variable)} | ${variable.sentence} |`),
  );
});

describe('.env.example', () => {
  // Paragraphs: the sentence as comments, then the variable, commented out.
  const paragraphs = read('.env.example')
    .split('\n\n')
    .map((paragraph) => {
      const lines = paragraph
        .trim()
        .split('\n')
        .map((line) => line.replace(/^# ?/, ''));
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(lines.at(-1) ?? '') ?? [];
      return { name, value, text: lines.slice(0, -1).join(' ') };
    })
    .filter((paragraph) => paragraph.name !== undefined);

  test('lists exactly the variables, in their order', () => {
    expect(paragraphs.map(({ name }) => name)).toEqual(all.map(([name]) => name));
  });

  test.each(all)('says of %s what it does', (name, { sentence }) => {
    expect(paragraphs.find((paragraph) => paragraph.name === name)?.text).toContain(sentence);
  });

  test('changes nothing when every line of it is switched on', () => {
    const environment = Object.fromEntries(
      paragraphs.map(({ name, value = '' }) => [name, value.replace(/^'(.*)'$/, '$1')]),
    );
    expect(environment.PORT).toBe('8000');
    expect(loadConfig(environment)).toEqual(loadConfig({}));
  });

  test('sets nothing by itself', () => {
    expect(
      read('.env.example')
        .split('\n')
        .filter((line) => line && !line.startsWith('#')),
    ).toEqual([]);
  });
});

test('every sentence is one, and says nothing twice', () => {
  const sentences = all.map(([, { sentence }]) => sentence);
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z`].*\.$/);
  expect(new Set(sentences).size).toBe(sentences.length);
});
