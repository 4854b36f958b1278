/*
 * How strong a new password is, while it is typed. Beside its input stands an element with data-password-strength:
 *
 *   data-min       the fewest characters
 *   data-grades    what a password of zxcvbn's scores 0 to 4 is called, as JSON
 *   data-short, data-context, data-pattern, data-common    why the server would refuse it
 *
 * It is advice: nothing is stopped here, the server judges. Words come from the page, which knows its reader's language.
 * zxcvbnts is @zxcvbn-ts/core and its language-common; commonPasswords are the server's.
 */
'use strict';

(() => {
  // Milliseconds of rest after a key: a screen reader is to say one sentence, not one for each letter.
  const PAUSE = 400;
  // The first characters tell enough: for 100 an estimate takes up to 0.1 s, for 256 up to 0.3 s.
  const LONGEST_ESTIMATE = 100;

  const { core, 'language-common': common } = window.zxcvbnts;
  const estimator = new core.ZxcvbnFactory({
    dictionary: { ...common.dictionary, refused: window.commonPasswords },
    graphs: common.adjacencyGraphs,
    maxLength: LONGEST_ESTIMATE,
  });
  const place = document.querySelector('[data-password-strength]');
  const bar = place.querySelector('.strength-bar');
  const sentence = place.querySelector('[role=status]');
  const input = place.closest('.field').querySelector('input');
  const grades = JSON.parse(place.dataset.grades);

  /** The names that the password may not be, as far as the form knows them. */
  function contextWords() {
    const { username, email } = input.form.elements;
    const names = [username, email].filter(Boolean).flatMap(({ value }) => [value, value.split('@')[0]]);
    return [...names, 'latchkey'].filter(Boolean);
  }

  /** What the whole of the password is, by the same names as the reasons of the page. */
  function reasonOf([match, ...others]) {
    if (others.length) return undefined;
    if (match.pattern === 'repeat' || match.pattern === 'sequence') return 'pattern';
    if (match.dictionaryName === 'userInputs') return match.reversed || match.l33t ? undefined : 'context';
    return ['refused', 'passwords-common'].includes(match.dictionaryName) ? 'common' : undefined;
  }

  function judge(password) {
    if (Array.from(password).length < Number(place.dataset.min)) return { score: 0, reason: 'short' };
    const { score, sequence } = estimator.check(password, contextWords());
    return { score, reason: score < 2 ? reasonOf(sequence) : undefined };
  }

  function show() {
    bar.hidden = input.value === '';
    if (bar.hidden) {
      sentence.textContent = '';
      return;
    }
    const { score, reason } = judge(input.value);
    bar.dataset.score = score;
    sentence.textContent = [grades[score], place.dataset[reason]].filter(Boolean).join(' ');
  }

  let waiting;
  input.form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
})();
