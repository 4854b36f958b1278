/*
 * Passkeys on our pages. A form with data-passkey is sent with the answer of the authenticator in its field `response`:
 *
 *   data-passkey            registration, or authentication
 *   data-passkey-options    where to ask what the authenticator is to be asked
 *   data-passkey-autofill   present: the browser offers passkeys in the field of the username as well
 *
 * Words come from the page, which knows its reader's language. SimpleWebAuthnBrowser is @simplewebauthn/browser.
 */
'use strict';

(() => {
  const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } =
    window.SimpleWebAuthnBrowser;
  const form = document.querySelector('form[data-passkey]');
  const problem = form.querySelector('[data-passkey-problem]');

  // Milliseconds. The server takes an answer for five minutes, and a sign-in page may stay open for longer.
  const RENEW_AFTER = 4 * 60 * 1000;
  let isAsking = false;

  function show(name) {
    problem.textContent = name ? problem.dataset[name] : '';
    problem.hidden = !name;
  }

  async function fetchOptions() {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    const headers = { Accept: 'application/json' };
    const answer = await fetch(form.dataset.passkeyOptions, { method: 'POST', body, headers });
    const content = await answer.json();
    if (answer.ok) return content;
    // The page was open for too long: opened again, it says what is to be done.
    if (['recent_sign_in_required', 'second_step_over'].includes(content.error)) location.reload();
    throw new Error(`${form.dataset.passkeyOptions} answers ${answer.status}`);
  }

  function send(answer) {
    form.elements.response.value = JSON.stringify(answer);
    form.submit();
  }

  function problemOf({ code, name }) {
    if (code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') return 'known';
    return name === 'NotAllowedError' || name === 'AbortError' ? 'cancelled' : 'failed';
  }

  async function ask() {
    isAsking = true;
    show(undefined);
    try {
      const optionsJSON = await fetchOptions();
      const start = form.dataset.passkey === 'registration' ? startRegistration : startAuthentication;
      send(await start({ optionsJSON }));
    } catch (error) {
      show(problemOf(error));
      offerInAutofill();
    }
    isAsking = false;
  }

  /** Waits, without a word, for a passkey to be chosen where browsers offer to fill in the username. */
  async function offerInAutofill() {
    if (!('passkeyAutofill' in form.dataset) || !(await browserSupportsWebAuthnAutofill())) return;
    try {
      send(await startAuthentication({ optionsJSON: await fetchOptions(), useBrowserAutofill: true }));
    } catch {
      // Ended by the button or by the next offer, or turned down; there are other ways on the page.
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (browserSupportsWebAuthn()) ask();
    else show('unsupported');
  });

  if (browserSupportsWebAuthn()) {
    form.hidden = false;
    offerInAutofill();
    setInterval(() => {
      if (!isAsking && document.visibilityState === 'visible') offerInAutofill();
    }, RENEW_AFTER);
  }
})();
