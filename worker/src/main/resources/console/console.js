// Times as the reader's clock has them; the exact instant stays in the title.
const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
function formatFor(time) {
  return time.classList.contains('clock') ? clock : time.classList.contains('day') ? day : format;
}
function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    time.textContent = formatFor(time).format(new Date(time.dateTime));
  }
}
// A day begins where it does for the reader, and not in UTC.
function localDays(root) {
  for (const chat of root.querySelectorAll('.chat')) {
    const line = chat.querySelector('li.day');
    chat.querySelectorAll('li.day').forEach(old => old.remove());
    let before = '';
    for (const item of line ? [...chat.children] : []) {
      const time = item.querySelector('time.clock');
      if (!time) continue;
      const its = day.format(new Date(time.dateTime));
      if (its !== before) {
        const begins = line.cloneNode(true);
        begins.querySelector('time').dateTime = begins.querySelector('time').title = time.dateTime;
        chat.insertBefore(begins, item);
      }
      before = its;
    }
  }
}
localDays(document);
localTimes(document);
new MutationObserver(changes => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      localDays(node);
      localTimes(node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
