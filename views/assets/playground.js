/*
 * The playground of an application: an OAuth client in the developer's browser. The element with data-playground holds, as
 * JSON, the client id, whether it is public, its redirect URI here and the server's endpoints.
 *
 * What was tried is kept in sessionStorage, since a sign-in leaves the page and comes back: it belongs to this tab and goes
 * with it. Requests are sent without cookies, as those of any other client.
 */
'use strict';

(() => {
  const place = document.querySelector('[data-playground]');
  const { id, clientId, isPublic, redirectUri, endpoints } = JSON.parse(place.dataset.playground);
  const find = (selector) => place.querySelector(selector);
  const KEY = `latchkey-playground-${id}`;
  const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

  /** exchanges: [{ title, request, response, explanation? }]; pending: of a sign-in that has left the page; device: what a device was told. */
  const empty = { secret: '', inBody: false, exchanges: [], tokens: undefined, pending: undefined, device: undefined };
  let state = { ...empty, ...JSON.parse(sessionStorage.getItem(KEY) ?? '{}') };

  function keep(change) {
    state = { ...state, ...change };
    sessionStorage.setItem(KEY, JSON.stringify(state));
  }

  const toBase64Url = (bytes) =>
    btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  const fromBase64Url = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

  // ---- What is shown

  function element(tag, { text, className, children = [], ...attributes } = {}) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const block = (text, label) => element('pre', { className: 'copy-block', text, tabindex: '0', 'aria-label': label });

  function showProblem(sentence) {
    find('[data-problem]').textContent = sentence ?? '';
    find('[data-problem]').hidden = !sentence;
  }

  function showExchange({ title, request, response, explanation }) {
    const children = [element('h3', { text: title }), element('p', { className: 'label', text: 'Request' }), block(request, `Request: ${title}`)];
    if (response) children.push(element('p', { className: 'label', text: 'Response' }), block(response, `Response: ${title}`));
    if (explanation) {
      const link = element('a', { href: explanation, text: 'What went wrong, and what to do' });
      children.push(element('p', { children: [link] }));
    }
    return element('li', { children });
  }

  const decode = (part) => JSON.parse(new TextDecoder().decode(fromBase64Url(part)));

  /** undefined: it is opaque. */
  function decodeJwt(token) {
    try {
      const [header, payload, signature] = token.split('.');
      return signature && { header: decode(header), payload: decode(payload) };
    } catch {
      return undefined;
    }
  }

  const ALGORITHMS = {
    RS256: [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, { name: 'RSASSA-PKCS1-v1_5' }],
    ES256: [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }],
  };

  async function describeSignature(token, { header }) {
    const [importing, verifying] = ALGORITHMS[header.alg] ?? [];
    if (!importing || !crypto.subtle) return `Its signature (${header.alg}) was not checked here.`;
    const { jwks_uri: jwksUri } = await (await fetch(endpoints.discovery, { credentials: 'omit' })).json();
    const { keys } = await (await fetch(jwksUri, { credentials: 'omit' })).json();
    const jwk = keys.find(({ kid }) => kid === header.kid);
    if (!jwk) return `Its key ${header.kid} is not among the published ones.`;
    const key = await crypto.subtle.importKey('jwk', jwk, importing, false, ['verify']);
    const [head, payload, signature] = token.split('.');
    const signed = new TextEncoder().encode(`${head}.${payload}`);
    const isRight = await crypto.subtle.verify(verifying, key, fromBase64Url(signature), signed);
    return isRight ? `Its signature is right (${header.alg}, key ${header.kid}).` : 'Its signature is WRONG.';
  }

  function showToken(label, token) {
    const children = [element('p', { className: 'label', text: label }), block(token, label)];
    const jwt = decodeJwt(token);
    if (!jwt) {
      children.push(element('p', { className: 'hint', text: 'Opaque: only this server can tell what it stands for.' }));
      return children;
    }
    children.push(block(`${JSON.stringify(jwt.header, null, 2)}\n${JSON.stringify(jwt.payload, null, 2)}`, `${label}, decoded`));
    const verdict = element('p', { className: 'hint', text: 'Checking its signature…' });
    describeSignature(token, jwt).then(
      (sentence) => {
        verdict.textContent = sentence;
      },
      (error) => {
        verdict.textContent = `Its signature could not be checked: ${error.message}`;
      },
    );
    return [...children, verdict];
  }

  function showDevice() {
    const { device } = state;
    const place = find('[data-device]');
    if (!place) return;
    place.hidden = !device;
    if (!device) return;
    find('[data-device-link]').href = device.verification_uri_complete;
    find('[data-device-code]').textContent = device.user_code;
  }

  function show() {
    const { exchanges, tokens } = state;
    showDevice();
    find('[data-wire]').hidden = exchanges.length === 0;
    find('[data-exchanges]').replaceChildren(...exchanges.map(showExchange));
    find('[data-tokens]').hidden = !tokens;
    if (!tokens) return;
    const shown = [
      ['Access token', tokens.access_token],
      ['Refresh token', tokens.refresh_token],
      ['ID token', tokens.id_token],
    ].filter(([, token]) => token);
    find('[data-token-list]').replaceChildren(...shown.flatMap(([label, token]) => showToken(label, token)));
    for (const name of ['refresh', 'revoke-refresh']) find(`[data-call=${name}]`).disabled = !tokens.refresh_token;
  }

  // ---- What is sent

  const formEncode = (text) => new URLSearchParams([['', text]]).toString().slice(1);

  /** How the client proves who it is (RFC 6749 2.3.1): each half is form-encoded before it becomes Basic. */
  function authenticate(body) {
    if (isPublic || state.inBody) body.set('client_id', clientId);
    if (isPublic) return {};
    if (!state.secret) throw new Error('Fill in the client secret first.');
    if (!state.inBody) return { Authorization: `Basic ${btoa(`${formEncode(clientId)}:${formEncode(state.secret)}`)}` };
    body.set('client_secret', state.secret);
    return {};
  }

  const writeHeaders = (headers) => [...headers].map(([name, value]) => `${name}: ${value}`).join('\n');

  function writeBody(text, type) {
    if (!type?.includes('json')) return text;
    return JSON.stringify(JSON.parse(text), null, 2);
  }

  /** @returns the JSON of the answer and whether it is a success; an answer that is not JSON is {} */
  async function exchange(title, url, { method = 'GET', headers = {}, body } = {}) {
    const all = body ? { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' } : headers;
    const { host, pathname, search } = new URL(url);
    const request = [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`, writeHeaders(Object.entries(all))];
    if (body) request.push('', String(body));
    const answer = await fetch(url, { method, headers: all, body, credentials: 'omit' });
    const text = await answer.text();
    const type = answer.headers.get('Content-Type');
    const response = [`HTTP/1.1 ${answer.status} ${answer.statusText}`.trim(), writeHeaders(answer.headers)];
    if (text) response.push('', writeBody(text, type));
    const content = text && type?.includes('json') ? JSON.parse(text) : {};
    log({ title, request: request.filter((line) => line !== undefined).join('\n'), response: response.join('\n'), explanation: content.error_uri });
    return { isOk: answer.ok, content };
  }

  /** Only what is explained by this server: what came along in an address may be anybody's. */
  const explanationIn = (uri) => (uri?.startsWith(`${location.origin}/errors/`) ? uri : undefined);

  function log({ explanation, ...entry }) {
    keep({ exchanges: [...state.exchanges, { ...entry, explanation: explanationIn(explanation) }] });
    show();
  }

  function post(title, url, fields) {
    const body = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
    const headers = authenticate(body);
    return exchange(title, url, { method: 'POST', headers, body });
  }

  async function askForTokens(title, fields) {
    const { isOk, content } = await post(title, endpoints.token, fields);
    if (isOk) {
      // A refresh answers no ID token: the one there was is still the last.
      keep({ tokens: { ...state.tokens, ...content } });
      show();
    }
    return { isOk, content };
  }

  const random = () => toBase64Url(crypto.getRandomValues(new Uint8Array(32)));

  async function challengeOf(verifier) {
    if (!crypto.subtle) throw new Error('PKCE needs a page on https or on localhost: this browser has no SHA-256 elsewhere.');
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    return toBase64Url(new Uint8Array(digest));
  }

  const scopesOf = (form) => new FormData(form).getAll('scope').join(' ');

  async function startSignIn(form) {
    const verifier = random();
    const pending = { verifier, state: random() };
    const scope = scopesOf(form);
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state: pending.state,
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
      nonce: scope.split(' ').includes('openid') ? random() : '',
      prompt: form.elements.prompt.value,
    };
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
    const url = new URL(`${endpoints.authorization}?${query}`);
    const request = [`GET ${url.pathname}?`, ...[...query].map(([name, value]) => `  ${name}=${value}`), `Host: ${url.host}`];
    keep({ pending, tokens: undefined, exchanges: [...state.exchanges, { title: 'Authorization request (the browser leaves)', request: request.join('\n') }] });
    location.assign(url);
  }

  /** The callback: what came back is shown, checked (RFC 6749 10.12, RFC 9207) and exchanged. */
  async function comeBack() {
    const answer = new URLSearchParams(location.search);
    const { pending } = state;
    history.replaceState(null, '', location.pathname.replace(/\/callback\/?$/, ''));
    if (!pending || !(answer.has('code') || answer.has('error'))) return;
    const request = [`GET ${new URL(redirectUri).pathname}?`, ...[...answer].map(([name, value]) => `  ${name}=${value}`)];
    keep({ pending: undefined });
    log({ title: 'Authorization response (the browser is back)', request: request.join('\n'), explanation: answer.get('error_uri') ?? undefined });
    if (answer.get('state') !== pending.state) throw new Error('state is not the one that was sent: a client has to stop here.');
    if (answer.get('iss') !== endpoints.issuer) throw new Error('iss is not this server: a client has to stop here.');
    if (answer.has('error')) return;
    await askForTokens('Token request: the code is exchanged', {
      grant_type: 'authorization_code',
      code: answer.get('code'),
      redirect_uri: redirectUri,
      code_verifier: pending.verifier,
    });
  }

  async function startDevice(form) {
    const fields = { client_id: clientId, scope: scopesOf(form) };
    const { isOk, content } = await post('Device authorization request', endpoints.deviceAuthorization, fields);
    if (isOk) keep({ device: content, tokens: undefined });
  }

  /** A device asks every few seconds; here its developer does, to see what it is told. */
  async function askAsDevice() {
    const fields = { grant_type: DEVICE_CODE, device_code: state.device.device_code };
    const { isOk, content } = await askForTokens('Token request of the device', fields);
    if (isOk || !['authorization_pending', 'slow_down'].includes(content.error)) keep({ device: undefined });
  }

  const FLOWS = {
    authorization_code: startSignIn,
    device: startDevice,
    client_credentials: (form) => {
      keep({ tokens: undefined });
      return askForTokens('Token request: client credentials', { grant_type: 'client_credentials', scope: scopesOf(form) });
    },
    password: (form) => {
      keep({ tokens: undefined });
      const { username, password } = form.elements;
      const fields = { username: username.value, password: password.value, scope: scopesOf(form) };
      return askForTokens('Token request: password', { grant_type: 'password', ...fields });
    },
  };

  const bearer = () => ({ headers: { Authorization: `Bearer ${state.tokens.access_token}` } });

  const CALLS = {
    profile: () => exchange('GET /profile', endpoints.profile, bearer()),
    userinfo: () => exchange('GET userinfo', endpoints.userinfo, bearer()),
    introspect: () => post('Introspection', endpoints.introspection, { token: state.tokens.access_token }),
    refresh: () => askForTokens('Token request: refresh', { grant_type: 'refresh_token', refresh_token: state.tokens.refresh_token }),
    device: askAsDevice,
    'revoke-access': () => post('Revocation of the access token', endpoints.revocation, { token: state.tokens.access_token }),
    'revoke-refresh': () => post('Revocation of the refresh token', endpoints.revocation, { token: state.tokens.refresh_token }),
  };

  /** Runs one thing at a time, and says in words why a client could not go on. */
  async function run(work) {
    showProblem();
    for (const button of place.querySelectorAll('form[data-flow] button, [data-call]')) button.disabled = true;
    try {
      await work();
    } catch (error) {
      showProblem(error.message);
    } finally {
      for (const button of place.querySelectorAll('form[data-flow] button, [data-call]')) button.disabled = false;
      show();
    }
  }

  for (const form of place.querySelectorAll('form[data-flow]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      run(() => FLOWS[form.dataset.flow](form));
    });
  }
  for (const button of place.querySelectorAll('[data-call]')) {
    button.addEventListener('click', () => run(CALLS[button.dataset.call]));
  }
  find('[data-clear]').addEventListener('click', () => {
    sessionStorage.removeItem(KEY);
    location.reload();
  });
  const secret = find('[data-secret]');
  if (secret) {
    secret.value = state.secret;
    secret.addEventListener('input', () => keep({ secret: secret.value.trim() }));
    const inBody = find('[data-in-body]');
    inBody.checked = state.inBody;
    inBody.addEventListener('change', () => keep({ inBody: inBody.checked }));
  }

  show();
  if (/\/callback\/?$/.test(location.pathname)) run(comeBack);
})();
