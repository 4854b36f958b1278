/*
 * A button below each snippet of a Connect page that puts it on the clipboard. Without JavaScript, or where the browser
 * keeps the clipboard to itself (a page over http that is not on this machine), one click on the snippet selects all of it.
 */
'use strict';

(() => {
  if (!navigator.clipboard) return;

  function addButton(block) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button button-secondary button-small';
    const label = document.createElement('span');
    // Read out when it changes; the name of the file beside it stays.
    label.setAttribute('role', 'status');
    label.textContent = 'Copy';
    const name = document.createElement('span');
    name.className = 'visually-hidden';
    name.textContent = ` ${block.dataset.file ?? 'the redirect URI'}`;
    button.append(label, name);
    let back;
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        label.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(block);
        label.textContent = 'Selected: press Ctrl+C';
      }
      clearTimeout(back);
      back = setTimeout(() => {
        label.textContent = 'Copy';
      }, 3000);
    });
    const row = document.createElement('p');
    row.append(button);
    block.after(row);
  }

  for (const block of document.querySelectorAll('[data-file], [data-redirect-uri]')) addButton(block);
})();
