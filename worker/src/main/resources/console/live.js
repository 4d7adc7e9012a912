// What says data-live is fetched again when a frame of one of these types comes (docs/live.md), and swapped in by its
// id. data-live-every: at least so often, in seconds; data-live-rest: no more often; data-live-conversation: of it alone.
{
  const parts = () => [...document.querySelectorAll('[data-live]')];
  const shown = new Map(); // by id: as the server sent it last
  const wanted = [...new Set(parts().flatMap(part => part.dataset.live.split(' ')))];
  const rest = 1000 * Math.max(1, ...parts().map(part => Number(part.dataset.liveRest ?? 1)));
  let due = false;
  let timer = null;
  let busy = false;
  let last = 0;
  let retry = 1000;

  function refreshSoon() {
    due = true;
    if (timer === null && !busy && !document.hidden) {
      timer = setTimeout(refresh, Math.max(0, last + rest - Date.now()));
    }
  }

  async function refresh() {
    timer = null;
    due = false;
    busy = true;
    let failed = true;
    try {
      const answer = await fetch(location.href, { headers: { 'HX-Request': 'true' } });
      if (answer.status === 401) {
        location.assign('/sign-in?to=' + encodeURIComponent(location.pathname + location.search));
        return;
      }
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      failed = answer.status >= 500;
    } catch {
      // no network
    } finally {
      busy = false;
      last = Date.now();
    }
    if (failed) setTimeout(refreshSoon, 5000);
    else if (due) refreshSoon();
  }

  // Whoever stands at the end of a conversation stays there; whoever holds a link by keyboard keeps it.
  function swap(page) {
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 40;
    for (const part of parts()) {
      const fresh = page.getElementById(part.id);
      if (!fresh || shown.get(part.id) === fresh.outerHTML) continue;
      shown.set(part.id, fresh.outerHTML);
      const held = part.contains(document.activeElement) ? nameOf(document.activeElement) : null;
      part.replaceWith(document.adoptNode(fresh));
      if (held) [...fresh.querySelectorAll(held.tag)].find(one => nameOf(one).text === held.text)?.focus({ preventScroll: true });
      if (end && fresh.querySelector('.chat')) scrollTo(0, document.documentElement.scrollHeight);
    }
  }

  function nameOf(element) {
    const text = element.getAttribute('href') ?? element.getAttribute('aria-label') ?? element.textContent;
    return { tag: element.tagName, text };
  }

  function listen() {
    const query = new URLSearchParams({ type: wanted.join(',') });
    const conversation = parts().map(part => part.dataset.liveConversation).find(Boolean);
    if (conversation) query.set('conversation', conversation);
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/ws?' + query);
    socket.onmessage = message => {
      const type = JSON.parse(message.data).type;
      if (type === 'auth:ok') retry = 1000;
      if (type === 'auth:ok' || wanted.includes(type)) refreshSoon(); // it may have changed before the socket was open
    };
    socket.onclose = close => {
      if (close.code === 4401) refreshSoon(); // whoever is signed out is led to sign in
      setTimeout(listen, retry * (1 + Math.random()));
      retry = Math.min(2 * retry, 30000);
    };
  }

  // A page further back is what it was.
  if (wanted.length > 0 && !new URLSearchParams(location.search).has('before')) {
    document.addEventListener('visibilitychange', () => due && refreshSoon());
    setInterval(() => {
      const every = Math.min(...parts().map(part => Number(part.dataset.liveEvery ?? Infinity)));
      if (Date.now() - last > 1000 * every) refreshSoon();
    }, 1000);
    listen();
  }
}
