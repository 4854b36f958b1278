/*
 * A button below each snippet of a Connect page that puts it on the clipboard. Without JavaScript, or where the browser
 * keeps the clipboard to itself (a page over http that is not on this machine), one click on the snippet selects all of it.
 */
'use strict';

(() => {
  if (!navigator.clipboard) return;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function addButton(block) {
    const button = element('button', 'button button-secondary button-small', '');
    button.type = 'button';
    const label = document.createTextNode('Copy');
    const name = element('span', 'visually-hidden', ` ${block.dataset.file ?? 'the redirect URI'}`);
    button.append(label, name);
    // For those who do not see the button change.
    const status = element('span', 'visually-hidden', '');
    status.setAttribute('role', 'status');
    let back;
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        label.data = 'Copied';
      } catch {
        getSelection().selectAllChildren(block);
        label.data = 'Selected: press Ctrl+C';
      }
      status.textContent = label.data;
      clearTimeout(back);
      back = setTimeout(() => {
        label.data = 'Copy';
        status.textContent = '';
      }, 3000);
    });
    const row = document.createElement('p');
    row.append(button, status);
    block.after(row);
  }

  for (const block of document.querySelectorAll('[data-file], [data-redirect-uri]')) addButton(block);
})();
