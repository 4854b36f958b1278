import { curlLines } from '../curl-lines.js';
import type { Stack } from '../stack.js';

export const curl: Stack = {
  name: 'curl',
  title: 'curl',
  family: 'Tools',
  sentence: 'The flows of this application by hand, in a terminal.',
  snippetsFor: ({ application, endpoints, secret }) =>
    curlLines(application, endpoints, secret).map(({ title, command }) => ({ file: title, text: command })),
};
