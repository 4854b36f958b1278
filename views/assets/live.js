/*
 * Keeps the element with data-live as the server has it by now, every two seconds while the page is looked at. What the
 * reader has selected or is in stays: the element is only replaced when its content has changed.
 */
'use strict';

(() => {
  // Milliseconds.
  const EVERY = 2_000;
  const place = document.querySelector('[data-live]');

  async function renew() {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    // Signed out meanwhile, or the server is away: what is shown stays.
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('[data-live]');
    if (fresh && fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
  }

  async function keepRenewing() {
    if (document.visibilityState === 'visible') await renew().catch(() => {});
    setTimeout(keepRenewing, EVERY);
  }

  setTimeout(keepRenewing, EVERY);
})();
