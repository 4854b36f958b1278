/** Requests that could not be read as requests of OAuth, whoever they come from. */
import { BODY_ONLY } from '../../../engine/token-endpoint-body.js';
import { cause, code, listOf } from '../cause.js';
import { namesSentTwice, type SentRequest, sentValue } from '../sent-request.js';

const FORM = 'application/x-www-form-urlencoded';

const isJson = ({ contentType }: SentRequest) => /\bjson\b/i.test(contentType);

export const anyRequest = [
  cause({
    name: 'request.wrong_host',
    title: 'The request went to another host name',
    recognise: ({ refused, sent }) => refused.reason === 'wrong_host' && { host: sent.host.slice(0, 100) },
    explain: ({ facts, config }) => ({
      cameIn: `A request for the host ${code(facts.host)}.`,
      expected: `This server is ${code(new URL(config.issuer).origin)} and answers under no other name.`,
      todo: [
        'Use exactly that address, with its scheme and port, for every endpoint.',
        'If a proxy stands between, it has to hand on the header `Host` as it came in (nginx: `proxy_set_header Host $host;`).',
      ],
    }),
  }),
  cause({
    name: 'header.authentication',
    title: 'The header is called Authentication instead of Authorization',
    recognise: ({ sent }) => sent.authentication !== undefined && !sent.authorization.length && {},
    explain: () => ({
      cameIn: 'A header `Authentication`, which HTTP does not know, and no header `Authorization`.',
      expected: 'Credentials and tokens travel in the header `Authorization` (RFC 9110 11.6.2).',
      todo: ['Rename the header to `Authorization`; its value can stay as it is.'],
    }),
  }),
  cause({
    name: 'request.method',
    title: 'The request was made with another method',
    recognise: ({ refused, sent }) => refused.status === 405 && { method: sent.method },
    explain: ({ facts, endpoint }) => ({
      cameIn: `A request with the method ${code(facts.method)}.`,
      expected: endpoint === 'profile' ? 'This address answers `GET`.' : 'This endpoint takes `POST`.',
      todo: [
        'Change the method.',
        'If your code does send the right one: a redirect on the way (http to https, say) turns a POST into a GET. Use the final address.',
      ],
    }),
  }),
];

export const sentTwice = cause({
  name: 'parameters.twice',
  title: 'A parameter was sent twice',
  recognise: ({ sent, refused }) => {
    const names = namesSentTwice(sent).map((name) => name.slice(0, 40));
    return refused.error === 'invalid_request' && names.length > 0 && { names };
  },
  explain: ({ facts }) => ({
    cameIn: `More than one ${listOf(facts.names)}.`,
    expected: 'Each parameter once (RFC 6749 3.1): of two values nobody can tell which one counts.',
    todo: [
      'Look where the second one comes from: a library adds the parameter by itself, or the address in your settings already has a query.',
    ],
  }),
});

export const formRequest = [
  cause({
    name: 'body.json',
    title: 'The body is JSON instead of a form',
    recognise: ({ sent, refused }) =>
      refused.error === 'invalid_request' && isJson(sent) && { type: sent.contentType.slice(0, 60) },
    explain: ({ facts }) => ({
      cameIn: `A body of the type ${code(facts.type)}.`,
      expected: `The parameters as a form, ${code(FORM)} (RFC 6749 4.1.3). JSON is for what this endpoint answers.`,
      todo: [
        'In JavaScript: `body: new URLSearchParams({...})` instead of `JSON.stringify({...})`, without a `Content-Type` of your own.',
        'In Python requests: `data={...}` instead of `json={...}`. With curl: `-d name=value` for each parameter.',
      ],
    }),
  }),
  cause({
    name: 'body.json_as_form',
    title: 'The body is JSON that says it is a form',
    recognise: ({ sent }) => sent.body.some(([name]) => /^\s*[{[]/.test(name)) && {},
    explain: () => ({
      cameIn: `A body that begins like JSON, under the content type ${code(FORM)}: all of it was read as the name of one parameter.`,
      expected: 'Parameters as `name=value&name=value`, percent-encoded.',
      todo: [
        'Encode the body as a form: `new URLSearchParams({...})`, `urllib.parse.urlencode({...})`, or `-d name=value` with curl.',
      ],
    }),
  }),
  cause({
    name: 'body.type',
    title: 'The body is of a type that is not read',
    recognise: ({ sent, refused }) =>
      refused.error === 'invalid_request' &&
      sent.method === 'POST' &&
      !sent.body.length &&
      !sent.url.length &&
      !sent.contentType.startsWith(FORM) && { type: sent.contentType.slice(0, 60) },
    explain: ({ facts }) => ({
      cameIn: facts.type
        ? `A body of the type ${code(facts.type)}.`
        : 'A body that does not say of what type it is.',
      expected: `A form: ${code(FORM)}, or ${code('multipart/form-data')} with its boundary.`,
      todo: [
        `Send the header ${code(`Content-Type: ${FORM}`)} and the parameters as \`name=value&name=value\`.`,
      ],
    }),
  }),
  cause({
    name: 'parameters.in_url',
    title: 'Parameters were sent in the URL',
    recognise: ({ sent, refused }) => {
      const names = BODY_ONLY.filter((name) => sent.url.some(([each]) => each === name));
      return refused.error === 'invalid_request' && names.length > 0 && { names };
    },
    explain: ({ facts }) => ({
      cameIn: `${listOf(facts.names)} in the query of the URL.`,
      expected:
        'These parameters in the body: what is in a URL ends up in logs and histories (RFC 6749 2.3.1).',
      todo: [
        'Move them from the URL into the body. In axios the second argument is the body, `params` is the URL.',
        'If a secret or a token was among them, assume that others know it: replace it.',
      ],
    }),
  }),
  sentTwice,
  cause({
    name: 'token.missing',
    title: 'The parameter token is missing',
    recognise: ({ sent, refused }) =>
      refused.error === 'invalid_request' &&
      ['revocation', 'introspection'].includes(sent.endpoint) &&
      !sentValue(sent, 'token') && { isAccessToken: sentValue(sent, 'access_token') !== undefined },
    explain: ({ facts }) => ({
      cameIn: facts.isAccessToken
        ? 'A parameter `access_token`, and none called `token`.'
        : 'No parameter `token`.',
      expected: 'The token in the parameter `token`, of whichever kind it is (RFC 7009 2.1, RFC 7662 2.1).',
      todo: ['Send `token=...`; `token_type_hint` may stand beside it.'],
    }),
  }),
];
