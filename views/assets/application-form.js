/*
 * The form of an application: what its kind does not need is hidden, and redirect URIs are judged while they are typed.
 *
 *   data-kinds     the kinds that need what is in this element; it also stays while the authorization code grant is ticked
 *   data-only      the kinds that this sentence is about
 *   data-usual     of each kind: its usual client_type, grant_types and pkce, as JSON
 *   data-check     where the remarks about redirect URIs are shown, and the address that makes them
 *
 * Nothing is decided here: a hidden field is sent along, and the server does with it what it does without this script.
 */
'use strict';

(() => {
  // Milliseconds of rest after a key, so that the server is asked once for a line and not once for a letter.
  const PAUSE = 400;

  const form = document.querySelector('[data-application-form]');
  const { elements } = form;
  const remarks = form.querySelector('[data-check]');
  const kinds = [...form.querySelectorAll('input[name=kind]')];
  const grants = [...form.querySelectorAll('input[name=grant_types]')];

  const chosenKind = () => kinds.find((radio) => radio.checked);
  const usualOf = (radio) => JSON.parse(radio.dataset.usual);

  function showWhatIsNeeded() {
    const kind = chosenKind()?.value;
    const hasCode = grants.some(({ value, checked }) => checked && value === 'authorization_code');
    for (const part of form.querySelectorAll('[data-kinds]'))
      part.hidden = kind !== undefined && !hasCode && !part.dataset.kinds.split(' ').includes(kind);
    for (const sentence of form.querySelectorAll('[data-only]'))
      sentence.hidden = kind !== undefined && !sentence.dataset.only.split(' ').includes(kind);
  }

  /** Of a setting that was as usual for the kind before, the usual one of the new kind; the server does the same. */
  function follow(before, now) {
    for (const name of ['client_type', 'pkce'])
      if (elements[name].value === before[name]) elements[name].value = now[name];
    const isUsual = grants.every(({ value, checked }) => checked === before.grant_types.includes(value));
    if (isUsual) for (const box of grants) box.checked = now.grant_types.includes(box.value);
  }

  let kindBefore = chosenKind();
  let waiting;
  let latest = 0;

  function show({ count, problem, lines }) {
    const said = lines.map((line) => ({
      isBad: line.problem !== undefined,
      sentence: `Line ${line.line}: ${line.uri.slice(0, 100)} ${line.problem ?? line.advice}`,
    }));
    if (problem) said.unshift({ isBad: true, sentence: problem });
    if (!said.length && count)
      said.push({ isGood: true, sentence: count === 1 ? 'It can be registered.' : `All ${count} can be registered.` });
    remarks.replaceChildren(
      ...said.map(({ isBad, isGood, sentence }) => {
        const item = document.createElement('li');
        item.className = isBad ? 'remark-bad' : isGood ? 'remark-good' : 'remark-advice';
        item.textContent = sentence;
        return item;
      }),
    );
  }

  async function judge() {
    const asked = ++latest;
    const body = new URLSearchParams({
      csrf_token: elements.csrf_token.value,
      kind: chosenKind()?.value ?? '',
      client_type: elements.client_type.value,
      redirect_uris: elements.redirect_uris.value,
    });
    const headers = { accept: 'application/json' };
    const answer = await fetch(remarks.dataset.check, { method: 'POST', headers, body }).catch(() => undefined);
    // Without an answer nothing is said: they are looked at again when the form is sent.
    if (asked === latest && answer?.ok) show(await answer.json());
  }

  function judgeSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(judge, PAUSE);
  }

  form.addEventListener('change', ({ target }) => {
    if (target.name === 'kind') {
      if (kindBefore) follow(usualOf(kindBefore), usualOf(target));
      kindBefore = target;
    }
    if (['kind', 'grant_types'].includes(target.name)) showWhatIsNeeded();
    if (['kind', 'client_type'].includes(target.name) && elements.redirect_uris.value.trim()) judgeSoon();
  });
  elements.redirect_uris.addEventListener('input', judgeSoon);
  showWhatIsNeeded();
})();
