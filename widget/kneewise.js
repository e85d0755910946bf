// The web chat <kneewise-chat>: docs/embed.md

const HERE = new URL('.', import.meta.url);
const SVG = 'http://www.w3.org/2000/svg';
// Seconds.
const PAUSES = [2, 4, 8, 16, 30];
const LONGEST = 2000;
const KEPT = 1000;
const KEPT_SIZE = 4e6;
const PRIVATE = { credentials: 'omit', referrerPolicy: 'no-referrer' };
const LEVELS = ['emergency', 'same_day', 'soon'];

const DARK = `
  --d-accent: #6fd3bd; --d-on: #05261f; --d-bg: #111917; --d-soft: #1d2825; --d-text: #e9f0ee; --d-dim: #a9bab4; --edge: #74857f; --hair: #2d3a36;
  --ok: #7fd18f; --warn: #e9b44c; --stop: #ff9389; --today: #3d2a08; --later: #14294a; color-scheme: dark`;

const STYLES = `
:host { display: contents !important }
:host([inline]) { display: block !important; height: 36em }
:host([hidden]), [hidden] { display: none !important }
.root { all: initial; font: medium/1.5 var(--kw-font, system-ui, sans-serif); color: var(--text); overflow-wrap: anywhere;
  --d-accent: #0b6b5d; --d-on: #fff; --d-bg: #fff; --d-soft: #eff4f2; --d-text: #15211e; --d-dim: #52635e; --edge: #788983; --hair: #dde5e2;
  --ok: #2e7d43; --warn: #a15c00; --stop: #b3261e; --today: #fff0d2; --later: #e4eefc; color-scheme: light;
  --accent: var(--kw-accent, var(--d-accent)); --on: var(--kw-on-accent, var(--d-on)); --bg: var(--kw-bg, var(--d-bg)); --soft: var(--kw-soft, var(--d-soft));
  --text: var(--kw-text, var(--d-text)); --dim: var(--kw-dim, var(--d-dim)); --radius: var(--kw-radius, 1.1em) }
@media (prefers-color-scheme: dark) { .root:not(.light) {${DARK}} }
@media screen { .root.dark {${DARK}} }
.root * { box-sizing: border-box; unicode-bidi: plaintext }
p, ol, ul, dl, dd, fieldset, figure { margin: 0; padding: 0; border: 0; min-width: 0 }
ol, ul { padding-inline-start: 1.6em }
a { color: inherit }
li + li, dd + dt { margin-top: .45em }
.bubble, .text, dialog { display: grid; gap: .45em }
button, textarea, .call { font: inherit; color: inherit }
button, .call, .menu > div, dialog { border: 1px solid var(--edge); background: var(--bg); border-radius: var(--radius) }
button, .call { min-height: 2.75em; min-width: 2.75em; padding: .4em 1em; cursor: pointer; text-align: start }
button:hover, label:hover { background: var(--soft) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.main, .launcher, .send, .mark, .me .bubble, input:checked + .seg, [aria-pressed=true] { background: var(--accent) !important; color: var(--on); border-color: var(--accent) }
.bare, .mark, .seg { display: grid; place-items: center; border-radius: 50% }
.bare { border-color: transparent; background: none; padding: 0; flex: none; width: 2.75em; height: 2.75em; font-size: medium; cursor: pointer; list-style: none }
svg { display: block; width: 100%; height: auto; color: var(--text); direction: ltr }
.icon { width: 1.35em; fill: none; color: inherit; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; flex: none }
.flip:dir(rtl), .mirror svg { transform: scaleX(-1) }
.down { transform: rotate(180deg) }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); border: 0 }
.small, dt, summary, .note { color: var(--dim); font-size: .88em }
.title, .launcher, .main, .bad, .call, summary, .picked { font-weight: 650 }
.row, .acts { display: flex; align-items: center; gap: .6em }
.acts { flex-wrap: wrap }
.grow { flex: 1; min-width: 0 }

.launcher, .float .panel { position: fixed; z-index: var(--kw-z, 2147483000); bottom: max(1.2em, env(safe-area-inset-bottom)); inset-inline-end: 1.2em; box-shadow: 0 .4em 2.5em #0005 }
.launcher { min-height: 3.4em; padding-inline: 1em 1.35em; border-radius: 3em }
.launcher:focus-visible { outline-color: var(--text) }
.dot { width: .7em; height: .7em; border-radius: 50%; background: #ffd166 }
.float .panel { width: min(var(--kw-width, 27em), 100vw - 2.4em); height: min(var(--kw-height, 46em), 100dvh - 2.4em) }
.panel { container-type: inline-size; display: flex; flex-direction: column; position: relative; height: 100%; overflow: hidden; background: var(--bg); border: 1px solid var(--hair); border-radius: var(--radius) }
.head { padding: .6em .5em .6em .9em; border-bottom: 1px solid var(--hair); line-height: 1.3 }
.mark { width: 2.4em; height: 2.4em }
.menu > div { position: absolute; z-index: 3; inset-inline-end: .6em; display: grid; padding: .35em }
.menu button { border-color: transparent }
dialog { color: var(--text); padding: 1.4em; max-width: 28em }
dialog::backdrop { background: #0008 }

.pins { max-height: 45%; overflow: auto; flex: none }
.pins .text { max-height: 22vh; overflow: auto }
[data-card=urgent] { padding: .7em .9em; border: 2px solid var(--edge); gap: .4em; background: var(--later); color: var(--text) }
.pins > .card { border-width: 0 0 2px; border-radius: 0; max-width: none }
.same_day { background: var(--today) }
.emergency { background: #a3171b; color: #fff; border-color: #a3171b }
[data-card=urgent] button { background: none; border-color: currentColor }
.call { background: #fff; color: #8c1216; display: inline-grid; align-items: center; text-decoration: none }
[data-card=urgent] :focus-visible { outline-color: currentColor }

.scroll { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 1em .9em .4em; position: relative }
.scroll:focus-visible { outline-offset: -4px }
.entry { padding: .35em .35em .65em; display: grid; gap: .6em; justify-items: start }
.old { content-visibility: auto; contain-intrinsic-size: auto 7em }
.line { display: flex; align-items: end; max-width: 100% }
.bubble { padding: .65em .95em; border-radius: var(--radius); border-end-start-radius: .3em; background: var(--soft); min-width: 0; max-width: 34em }
.me { justify-items: end }
.me .bubble { white-space: pre-wrap; max-width: 85%; border-radius: var(--radius); border-end-end-radius: .3em }
.me .acts { justify-content: end }
.note { text-align: center; justify-items: center }
.bad { color: var(--stop) }
.tool { color: var(--dim) }
.tool .icon { width: 1.1em }
.stop { border-inline-start: .3em solid var(--stop); padding-inline-start: .8em }
.acts > [data-choice] { border-color: var(--accent) }
.over [data-choice] { border-color: var(--hair); color: var(--dim) }
.over .picked { background: var(--soft); color: var(--text) }
.picked::before { content: "✓ " / "" }
.over .card > .main { display: none }
.typing:not(:empty)::before { content: "● ● ●" / ""; margin-inline: .6em }
@keyframes beat { to { opacity: .25 } }
.newer { position: absolute; bottom: calc(100% + .5em); inset-inline: 0; margin: auto; width: fit-content; border-radius: 3em }
.foot { position: relative; padding: .5em .7em max(.7em, env(safe-area-inset-bottom)); border-top: 1px solid var(--hair) }
.box { display: flex; align-items: end; border: 1px solid var(--edge); border-radius: 1.6em; padding: .2em; padding-inline-start: 1em }
.box:focus-within { outline: 2px solid var(--accent) }
textarea { border: 0; background: none; resize: none; padding: .6em 0; line-height: 1.4; max-height: 8.2em; outline: none !important }
textarea::placeholder { color: var(--dim); opacity: 1 }

.card, .paper { width: 100%; max-width: 36em; display: grid; gap: .75em }
.card { border: 1px solid var(--hair); border-radius: var(--radius); padding: .9em }
.card > .main, .card > [data-choice] { justify-self: start }
.main[aria-disabled=true] { background: var(--soft) !important; color: var(--dim); border-color: var(--edge) }
label { position: relative; display: flex; align-items: center; gap: .75em; min-height: 2.75em; border-radius: .6em; cursor: pointer }
label [type=radio] { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0 }
[type=checkbox] { width: 1.3em; height: 1.3em; margin: 0 .2em; accent-color: var(--accent); flex: none }
.ticks label { border-bottom: 1px solid var(--hair); border-radius: 0 }
.segs, .scale, .zones { display: grid; gap: .4em; grid-auto-flow: column; grid-auto-columns: 1fr }
.scale { grid: auto / repeat(6, 1fr) }
.zones { grid: auto / repeat(auto-fill, minmax(min(100%, 10.5em), 1fr)) }
.seg { border: 1px solid var(--edge); border-radius: inherit; padding: .3em; min-height: 2.75em; flex: 1; text-align: center; line-height: 1.2 }
:focus-visible + .seg { outline: 3px solid var(--accent); outline-offset: 2px }
.ends, .views { display: flex; justify-content: space-between; gap: 1em }
.map { display: grid; gap: .8em; align-items: center }
.views { justify-content: center; text-align: center }
.views figure { flex: 1; max-width: 9.5em }
.art svg { max-width: 24em; margin: auto }
[data-accent] { color: var(--accent) }
[data-zone] { fill: var(--accent); fill-opacity: .13 }
[data-zone].lit, .zoned [data-zone]:hover { fill-opacity: .4 }
[data-zone].on { fill-opacity: .8 }
[data-card=progress] { border: 0; padding: 0 .2em; gap: .3em; max-width: 18em }
progress { width: 100%; height: .5em; accent-color: var(--accent) }
[data-card=sources] { border: 0; padding: 0 .95em; margin-block: -.5em }
summary { min-height: 2.75em; padding-block: .6em; cursor: pointer }
.plot text { font: 12px sans-serif; fill: var(--dim) }
.plot path { stroke: var(--edge); stroke-width: .5 }
.plot g > * { stroke: var(--accent); stroke-width: 2.3; stroke-linecap: round }
.plot circle { fill: var(--bg) }
td, th { text-align: start; padding: .3em .8em .3em 0; border-bottom: 1px solid var(--hair) }

@container (min-width: 33em) {
  .scale { grid: auto / repeat(11, 1fr) }
  .ticks, .map { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1.2em }
  .zoned { grid-template-columns: 18em 1fr }
  .map .zones { grid: auto / 1fr }
}
@media (max-width: 30em) { .float .panel { inset: 0; width: 100%; height: var(--tall, 100dvh); border: 0; border-radius: 0 } }
@media (prefers-reduced-motion: no-preference) { .typing::before { animation: beat 1s infinite alternate } .scroll { scroll-behavior: smooth } }
@media (forced-colors: active) {
  .bubble, .main, .launcher, .mark, .send { border: 1px solid }
  .root { --dim: CanvasText } svg { color: CanvasText } [data-zone].on { fill: Highlight; forced-color-adjust: none }
  [aria-pressed=true], input:checked + .seg { forced-color-adjust: none; background: Highlight !important; color: HighlightText }
}
@media print {
  .card { print-color-adjust: exact }
  .launcher, .foot, .bare, .card button, .acts > button { display: none !important }
  .panel, .scroll, .pins { position: static !important; display: block; width: auto !important; height: auto !important; max-height: none; overflow: visible; border: 0 }
  .entry { content-visibility: visible !important; break-inside: avoid }
  .me .bubble { background: none !important; color: inherit; border: 1px solid } .spacer { display: none }
  .paper { max-width: none; font-size: .7em; line-height: 1.3; gap: .5em }
  dl { display: grid; grid: auto / 11em 1fr; gap: .3em }
  dd + dt { margin: 0 }
  .map { grid-template-columns: 1fr 11em }
  .plot { max-width: 30em }
}`;

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLES);

function h(tag, attributes = {}, ...children) {
  const node = tag.startsWith('svg:') ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (given(value)) node.setAttribute(name, value);
  }
  return filled(node, children);
}

const given = (value) => (value ?? false) !== false;

function filled(node, children) {
  node.replaceChildren(...children.flat(9).filter(given));
  return node;
}

const button = (attributes, ...children) => h('button', { type: 'button', ...attributes }, ...children);

const ICONS = {
  mark: 'M6 3l8 9-4 9',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12h15M13 5l7 7-7 7',
  more: 'M5 7h14M5 12h14M5 17h14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  thumb: 'M7 11v9H3v-9zl4-8c2 0 3 1 3 3l-1 4h6l2 2-2 8H7',
};

const icon = (name, more = '') => h('svg:svg', { class: `icon ${more}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' }, h('svg:path', { d: ICONS[name] }));

const place = (device) => (device ? localStorage : sessionStorage);

// Storage may be blocked: the talk lives in memory then.
function recall(key, device) {
  try {
    return JSON.parse(place(device)[key]);
  } catch {
    return null;
  }
}

function keep(key, text, device) {
  try {
    if (text) place(device)[key] = text;
    else delete place(device)[key];
    return true;
  } catch {
  }
}

async function stringsOf(url) {
  try {
    const { chat } = await (await fetch(url, PRIVATE)).json();
    if (chat) keep(url, JSON.stringify(chat));
    return chat ?? recall(url);
  } catch {
    return recall(url);
  }
}

// randomUUID is missing on plain http pages.
const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

function link(address, words = address) {
  const url = URL.canParse(address) && new URL(address);
  if (url?.protocol !== 'https:' || url.username) return words;
  return h('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, words);
}

// No marks that turn text around.
const ADDRESS = /(https:\/\/[^\s<>"\u200e-\u2069]*[\w/])/;

function rich(text) {
  const out = [];
  for (const line of text.trim().split('\n')) {
    const [, number, item] = line.match(/^\s*(?:(\d{1,4})\.|-)\s+(.*)/) ?? [];
    const tag = !item ? 'P' : number ? 'OL' : 'UL';
    const words = (item ?? line).split(ADDRESS).map((part, n) => (n % 2 ? link(part) : part));
    if (tag === 'P') {
      if (line.trim()) out.push(h('p', {}, words));
      continue;
    }
    if (out.at(-1)?.tagName !== tag) out.push(h(tag, { start: number }));
    out.at(-1).append(h('li', {}, words));
  }
  return out;
}

async function* jsonLines(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

const SHAPES = /^(svg|g|path|circle|ellipse|rect|line|polyline)$/;
const TRAITS = /^(viewBox|d|points|[xyr]|[xyrc][xy12]|width|height|transform|opacity|pointer-events|data-\w+|(fill|stroke)[\w-]*)$/;
const drawings = {};

function copied(node) {
  if (node.namespaceURI !== SVG || !SHAPES.test(node.localName)) return null;
  const traits = [...node.attributes].filter(({ name, value }) => TRAITS.test(name) && !/url|:/i.test(value));
  return h(`svg:${node.localName}`, Object.fromEntries(traits.map(({ name, value }) => [name, value])), [...node.children].map(copied));
}

// Strict pages forbid parsing text.
async function drawing(server, name) {
  const url = `${server}drawings/${name}`;
  const root = await (drawings[url] ??= new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.onloadend = () => resolve(request.status === 200 && request.responseXML?.documentElement);
    request.send();
  }));
  if (root) return copied(root);
  delete drawings[url];
}

const chosen = (box) => [...box.querySelectorAll(':checked, [aria-pressed=true]')].map(({ value }) => value);

function sender(chat, label, box, needed = box) {
  const empty = () => !chosen(needed).length;
  const send = button({ class: 'main', 'aria-disabled': 'true', 'data-choice': 1, click: () => (empty() ? chat.tell('none_picked') : chat.press(chosen(box))) }, label);
  for (const event of ['change', 'click']) box.addEventListener(event, () => (send.ariaDisabled = String(empty())));
  return send;
}

const inputs = (type, items, attributes) => h('fieldset', attributes, items.map(({ title }) =>
  h('label', {}, h('input', { type, value: title, name: attributes.name }), h('span', { class: type === 'radio' && 'seg' }, title))));

function tickboxes({ items, none, send }, chat) {
  const box = inputs('checkbox', items, { class: 'ticks', 'aria-label': chat.asked });
  return h('div', {}, box, none && chat.choice(none.title, () => !chosen(box).length || chat.tell('untick')), sender(chat, send, box));
}

const light = (box, id, name, on) => box.querySelectorAll(`[data-zone="${CSS.escape(id)}"]`).forEach((zone) => zone.classList.toggle(name, on));

function kneeViews(chat, views = [], lit, name = 'kneemap.svg') {
  const box = h('div', { class: 'views', 'aria-hidden': 'true' });
  drawing(chat.server, name).then((root) => {
    if (!root) return;
    const [, , width, height] = root.getAttribute('viewBox').split(' ');
    for (const { id, title } of views) {
      // They stand side by side in the drawing.
      const frame = root.cloneNode();
      frame.setAttribute('viewBox', `${(id === 'back' ? width / 2 : 0) - 3} 0 ${width / 2 + 10} ${height}`);
      frame.setAttribute('width', width / 2 + 10);
      frame.append(root.querySelector(`[data-view=${id}]`) ?? '');
      box.append(h('figure', {}, frame, title && h('figcaption', { class: 'small' }, title)));
    }
    for (const id of lit()) light(box, id, 'on', true);
  }).catch(() => {});
  return box;
}

const described = (rows) => h('dl', {}, rows.map(({ label, value }) => [h('dt', {}, label), h('dd', {}, value)]));

const CARDS = {
  kneemap(card, chat) {
    const pressed = () => card.zones.filter((_, n) => buttons[n].ariaPressed === 'true').map(({ id }) => id);
    const views = kneeViews(chat, card.views, pressed, card.drawing);
    const buttons = card.zones.map(({ id, title }) => {
      const one = button({ 'aria-pressed': 'false', value: title, click: () => {
        const on = one.ariaPressed !== 'true';
        one.ariaPressed = String(on);
        light(views, id, 'on', on);
      } }, title);
      for (const event of ['pointerenter', 'focus', 'pointerleave', 'blur']) one.addEventListener(event, () => light(views, id, 'lit', /enter|focus/.test(event)));
      return one;
    });
    // A listener on a shape would make it a tab stop.
    views.addEventListener('click', ({ target }) => buttons[card.zones.findIndex(({ id }) => id === target.dataset.zone)]?.click());
    const sides = inputs('radio', card.sides, { class: 'segs', name: randomId(), 'aria-label': chat.t('which_knee') });
    sides.addEventListener('change', () => views.classList.toggle('mirror', card.sides.some(({ side, title }) => side === 'left' && title === chosen(sides)[0])));
    const zones = h('fieldset', { class: 'zones', 'aria-label': card.hint }, buttons);
    const box = h('div', { class: 'paper' }, sides, h('div', { class: 'map zoned' }, views, zones));
    return h('div', {}, h('p', { class: 'small' }, card.hint), box, sender(chat, card.send, box, zones));
  },

  signs: tickboxes,
  choices: tickboxes,

  scale({ min, max, low, high, send }, chat) {
    const numbers = Array.from({ length: max - min + 1 }, (_, n) => ({ title: min + n }));
    const box = inputs('radio', numbers, { class: 'scale', name: randomId(), 'aria-label': chat.asked });
    return h('div', {}, box, h('div', { class: 'ends small' }, h('span', {}, `${min}: ${low}`), h('span', {}, `${max}: ${high}`)), sender(chat, send, box));
  },

  exercise(card, chat) {
    const art = h('div', { class: 'art', role: 'img', 'aria-label': card.alt });
    drawing(chat.server, card.drawing).then((root) => art.append(root ?? card.alt));
    const parts = (...names) => described(names.map((name) => ({ label: chat.t(name), value: card[name] })));
    return h('div', {}, h('p', { class: 'title' }, card.title), art, h('ol', {}, card.steps.map((step) => h('li', {}, step))),
      parts('dose'), h('div', { class: 'stop' }, parts('not_if', 'stop_if')),
      h('details', {}, h('summary', {}, chat.t('more')), parts('easier', 'harder', 'move_on')));
  },

  urgent({ level, title, text, call, acknowledge }, chat, read) {
    return h('div', { class: level },
      h('p', { class: 'title' }, title), h('div', { class: 'text', tabindex: read && 0 }, rich(text)),
      h('div', { class: 'acts' }, call.map(({ label, number }) => h('a', { class: 'call', href: `tel:${number}` }, label)),
        read && button({ click: read }, acknowledge)));
  },

  sources: ({ title, items }) => h('details', {}, h('summary', {}, title),
    h('ul', { class: 'small' }, items.map(({ label, cite, url }) => h('li', {}, `${label}: `, link(url, cite))))),

  file: ({ name, media, content }) => h('a', { download: name, href: `data:${media},${encodeURIComponent(content)}` }, name),

  progress: ({ done, of, label }) => h('div', {}, h('span', { class: 'small' }, label), h('progress', { value: done, max: of, 'aria-label': label })),

  chart: (card) => h('div', {}, h('p', { class: 'title' }, card.title), plot(card),
    h('details', {}, h('summary', {}, card.table.title), h('table', {}, card.table.rows.map((row, at) =>
      h('tr', {}, row.map((cell, n) => h(at && n ? 'td' : 'th', { scope: at ? !n && 'row' : 'col' }, cell))))))),

  summary(card, chat) {
    const list = (name) => card[name].length > 0 && h('div', { class: name === 'warnings' && 'stop' }, h('p', { class: 'small' }, chat.t(name)), h('ul', {}, card[name].map((item) => h('li', {}, item))));
    const zones = card.zones.filter((id) => id !== 'whole');
    const views = ['front', 'back'].filter((id) => zones.some((zone) => (zone === 'behind') === (id === 'back')));
    const map = kneeViews(chat, views.map((id) => ({ id })), () => zones);
    map.classList.toggle('mirror', card.side === 'left');
    const paper = h('div', { class: 'paper' }, h('p', { class: 'title' }, card.title), h('p', { class: 'small' }, chat.t('made', { date: card.made })),
      list('warnings'), h('div', { class: 'map' }, described(card.rows), map), card.chart && plot(card.chart), list('questions'), h('p', { class: 'small' }, card.note));
    return h('div', {}, paper, h('div', { class: 'acts' }, button({ class: 'main', click: () => chat.print(paper, card.title) }, card.print),
      navigator.clipboard && button({ click: () => chat.copy(paper.innerText) }, card.copy)));
  },
};

function plot({ alt, span, ticks, pain, steps, distance }) {
  const day = 236 / (span + 1);
  const x = (at) => 20 + day * (at + .5);
  const y = (value) => 150 - (value * 130) / pain.max;
  const path = (d, fill = 'none', opacity) => h('svg:path', { d, fill, 'fill-opacity': opacity });
  const box = (from, foot, width, height, ...look) => path(`M${from} ${foot}h${width}v-${height}h-${width}z`, ...look);
  const text = (x, y, words, anchor) => h('svg:text', { x, y, 'text-anchor': anchor }, words);
  const top = steps ? 168 : 152;
  const foot = distance ? top + 64 : top;
  return [h('svg:svg', { class: 'plot', viewBox: `0 0 300 ${foot + 16}`, role: 'img', 'aria-label': alt },
    text(20, 12, pain.label), text(16, 154, 0, 'end'),
    pain.bands.map(({ from, to, label, level }, n) => [box(20, y(from), 236, y(from) - y(to), `var(--${level})`, (n + 1) / 9), text(16, y(to) + 4, to, 'end'), text(260, y((from + to) / 2) + 4, label)]),
    ticks.map(({ at, label }) => [path(`M${x(at)} 20V150M${x(at)} ${foot - 44}V${foot}`), text(x(at), foot + 14, label, 'middle')]),
    steps && [text(260, 164, steps.label), steps.items.map(({ from, to, mark }) => [box(x(from - .5), 167, day * (to - from + 1), 14), text(x((from + to) / 2), 164, mark, 'middle')])],
    distance && [text(20, top + 14, distance.label), text(16, foot - 40, distance.max, 'end'), text(16, foot, 0, 'end'), box(20, foot, 236, 44),
      distance.bars.map(([at, value]) => box(x(at - .35), foot, day * .7, (value * 44) / distance.max, 'var(--dim)'))],
    pain.runs.map((run) => h('svg:g', {}, path(`M${run.map(([at, value]) => [x(at), y(value)]).join('L')}h0`),
      day > 4 && run.map(([at, value]) => h('svg:circle', { cx: x(at), cy: y(value), r: 2 }))))),
  steps && h('p', { class: 'small' }, steps.names)];
}

class KneewiseChat extends HTMLElement {
  static observedAttributes = ['server', 'strings', 'region', 'theme', 'inline'];

  #root = h('div', { class: 'root' });
  #built;
  #ready = new Promise((resolve) => (this.#built = resolve));
  #strings;
  #log;
  #nodes = new Map();
  // Urgent cards, and if they were read.
  #pinned;
  #token;
  #until;
  #asking;
  #busy = false;
  #shown = false;
  #wake = () => {};
  #watch = new AbortController();
  // The visitor's last line.
  #anchor;
  #saving;
  // Of reminders.
  #next; #due; #alarm;
  // Whether the talk is kept on the device, and whether the token was asked for that.
  #kept; #long;
  // Which talk it is, and what was ever in its log: other tabs write to one that is kept.
  #talk; #known;
  #label; #launcher; #pins; #typing; #spacer; #scroll; #newer; #input; #left; #tells; #panel; #closer; #hello; #keeper; #offer = h('p');

  #unseen = new Set();
  #eyes = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      this.#unseen.add(target);
      if (!isIntersecting) continue;
      for (const one of this.#unseen) if (one.offsetTop <= target.offsetTop) this.#unseen.delete(one);
      this.#eyes.unobserve(target);
    }
    this.#newer.hidden = !this.#unseen.size;
  });

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).append(this.#root);
    this.shadowRoot.adoptedStyleSheets = [SHEET];
    addEventListener('online', () => this.#wake());
    addEventListener('pagehide', () => this.#save());
    addEventListener('storage', ({ key, newValue }) => {
      if (key !== this.#key || !this.#log) return;
      const stored = JSON.parse(newValue);
      this.#share(stored);
      if (!this.#kept) return;
      this.#next = stored.next ?? NaN;
      this.#pump();
    });
    document.addEventListener('visibilitychange', () => document.hidden || this.#wake());
    setInterval(() => this.#token && this.#renew(), 6e5);
    visualViewport.addEventListener('resize', () => visualViewport.scale === 1 && this.#root.style.setProperty('--tall', `${visualViewport.height}px`));
  }

  connectedCallback() {
    if (!this.#strings) this.#boot();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#strings) return;
    if (name === 'server' || name === 'strings') this.#boot();
    else if (name === 'region') this.#until = 1;
    else this.#reveal(this.#shown);
  }

  get server() {
    return new URL(this.getAttribute('server') || HERE, document.baseURI).href.replace(/\/*$/, '/');
  }

  get #inline() {
    return this.hasAttribute('inline');
  }

  async open() {
    await this.#ready;
    this.#reveal(true);
    this.#input.focus({ preventScroll: true });
  }

  async close() {
    await this.#ready;
    if (this.#inline) return;
    const inside = this.shadowRoot.activeElement;
    this.#reveal(false);
    if (inside) this.#launcher.focus();
  }

  async show(message) {
    await this.#ready;
    this.#add({ k: 'bot', m: message });
  }

  async ask(text) {
    await this.open();
    this.#say({ text });
  }

  async #boot() {
    const address = () => new URL(this.getAttribute('strings') || 'strings.json', this.server).href;
    const source = address();
    for (let tries = 0; !(this.#strings = await stringsOf(source)); tries++) await this.#pause(PAUSES[tries] ?? 30);
    return source === address() ? this.#build() : this.#boot();
  }

  #t = (key, values) => (this.#strings[key] ?? '').replace(/\{(\w+)\}/g, (_, name) => values[name]);

  #pause(seconds, asked) {
    return new Promise((resolve) => {
      setTimeout(resolve, seconds * 1e3);
      this.#wake = asked ? () => {} : resolve;
    });
  }

  get #key() {
    return `kneewise ${this.server}`;
  }

  #build() {
    const t = this.#t;
    const own = recall(this.#key);
    const kept = (!own?.log[0] && recall(this.#key, true)) || own || {};
    this.#token = kept.token;
    this.#until = kept.until;
    this.#launcher = button({ class: 'launcher row', part: 'launcher', click: () => this.open() }, icon('mark'), (this.#label = h('span')));
    this.#pins = h('div', { class: 'pins', role: 'alert', part: 'urgent' });
    this.#typing = h('div', { class: 'typing small', role: 'status' });
    this.#spacer = h('div', { class: 'spacer' });
    this.#scroll = h('div', { class: 'scroll', tabindex: 0, role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': t('log'), part: 'transcript' });
    this.#newer = button({ class: 'newer', hidden: '', click: () => {
      this.#scroll.focus({ preventScroll: true });
      this.#toTop([...this.#unseen][0]);
    } }, `↓ ${t('new_messages')}`);
    this.#tells = h('div', { class: 'small', role: 'alert' });
    this.#input = h('textarea', { class: 'grow', rows: 1, maxlength: LONGEST, 'aria-label': t('input'), placeholder: t('placeholder'), enterkeyhint: 'send', part: 'input', input: () => this.#grow(), keydown: (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    } });
    this.#left = h('div', { class: 'small' });
    this.#panel = h('div', { class: 'panel', part: 'panel', 'aria-label': t('name'), keydown: (event) => this.#escape(event) }, this.#head(), this.#pins, this.#scroll,
      h('div', { class: 'foot' }, this.#newer, this.#tells, h('div', { class: 'box' }, this.#input,
        button({ class: 'bare send', part: 'send', 'aria-label': t('send'), click: () => this.#submit() }, icon('send', 'flip'))), this.#left));
    this.#root.replaceChildren(this.#launcher, this.#panel);
    this.#root.lang = t('lang');
    this.#root.addEventListener('focusin', () => this.#inline && this.#greet(), { once: true });
    this.#reset(kept);
    if (this.#kept) this.#renew();
    this.#badge('launcher');
    this.#reveal(Boolean(kept.open));
    this.#input.value = kept.draft ?? '';
    this.#grow();
    this.#built();
    this.#pump();
  }

  #head() {
    const t = this.#t;
    const opener = h('summary', { class: 'bare', 'aria-label': t('menu') }, icon('more'));
    const menu = h('details', { class: 'menu', part: 'menu', focusout: ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && (menu.open = false) }, opener);
    const item = (key, act = () => this.#sheet(key)) => button({ click: () => {
      menu.open = false;
      opener.focus();
      act();
    } }, t(key));
    this.#keeper = item('keep_here', () => this.#keep());
    menu.append(h('div', {}, this.#keeper, item('start_again', () => this.#sheet('start_again', () => this.#forget('started_again'))),
      navigator.clipboard && item('copy_all', () => this.#copy(this.#asText())),
      item('forget', () => this.#sheet('forget', () => this.#forget('forgotten'))), item('about'), item('privacy')));
    this.#closer = button({ class: 'bare', 'aria-label': t('close'), click: () => this.close() }, icon('close'));
    return h('div', { class: 'head row', part: 'header' }, h('div', { class: 'mark' }, icon('mark')),
      h('div', { class: 'grow' }, h('div', { class: 'title' }, t('name')), h('div', { class: 'small' }, t('tagline'))), menu, this.#closer);
  }

  #reset({ log = [], pinned = [], talk, kept, next, due }) {
    const t = this.#t;
    // The first text tells the other tabs.
    if (this.#kept && !talk) for (const text of ['"forgotten"', '']) keep(this.#key, text, true);
    this.#talk = talk ?? randomId();
    this.#log = log;
    this.#known = new Set(log.map((entry) => (entry.id ??= randomId())));
    this.#pinned = pinned;
    this.#next = next ?? NaN;
    this.#due = due;
    this.#anchor = null;
    this.#nodes.clear();
    this.#unseen.clear();
    this.#hello = h('div', { class: 'hello entry' }, h('div', { class: 'bubble' }, rich(t('welcome'))), h('strong', { class: 'stop' }, t('welcome_urgent')), h('div', { class: 'small' }, t('welcome_privacy')),
      h('div', { class: 'acts' }, this.#strings.starters.map((text) => button({ 'data-choice': 1, value: text, click: () => this.#hello.matches('.over') || this.#say({ text }) }, text))));
    this.#scroll.replaceChildren(this.#hello, this.#typing, this.#spacer);
    log.forEach((entry, n) => this.#place(entry).classList.toggle('old', n < log.length - 20));
    this.#pinAll();
    this.#hold(kept);
  }

  #hold(on) {
    this.#kept = on;
    this.#offer.hidden = on;
    this.#keeper.replaceChildren(this.#t(on ? 'keep_stop' : 'keep_here'));
  }

  #keep() {
    const on = !this.#kept || undefined;
    // Another talk that is kept there is not lost for this one.
    if (on && (recall(this.#key, true) || !keep(this.#key, this.#state(on), true))) return this.#tell('keep_failed');
    this.#holdFocus(this.#offer);
    this.#hold(on);
    this.#save();
    keep(this.#key, '', !on);
    this.#tell(on ? 'kept_here' : 'kept_no_more', true);
    this.#renew();
  }

  // Take over what another tab did to a talk that is kept.
  #share(stored) {
    if (stored?.talk === this.#talk) {
      keep(this.#key, '');
      this.#hold(true);
      if (stored.until > this.#until) {
        this.#until = stored.until;
        this.#token = stored.token;
      }
      for (const entry of stored.log) this.#add(entry);
    } else if (this.#kept) {
      this.#hold();
      if (stored === 'forgotten') this.#again(stored);
      else this.#save();
    }
  }

  #reveal(open) {
    const inline = this.#inline;
    const changed = open !== this.#shown && !inline;
    this.#shown = open;
    this.#root.className = `root ${inline ? 'inline' : 'float'} ${this.getAttribute('theme')}`;
    this.#panel.setAttribute('role', inline ? 'region' : 'dialog');
    this.#panel.hidden = !open && !inline;
    this.#launcher.hidden = open || inline;
    this.#closer.hidden = inline;
    this.#settle();
    if (this.#anchor && inline !== changed) this.#toTop(this.#anchor, 'instant');
    if (open) {
      this.#grow();
      this.#badge('launcher');
      this.#greet();
    }
    if (changed) this.#event(open ? 'open' : 'close');
  }

  #event(name, detail) {
    this.dispatchEvent(new CustomEvent(`kneewise-${name}`, { bubbles: true, composed: true, detail }));
  }

  #badge(key) {
    this.#label.replaceChildren(this.#t(key));
    if (key !== 'launcher') this.#label.prepend(h('i', { class: 'dot' }), ' ');
  }

  #greet() {
    const start = this.getAttribute('start');
    if (start && !this.#log.length) this.#say({ text: start });
    else if (!this.#token) this.#session().catch(({ status }) => status === 403 && this.#tell('forbidden_origin'));
  }

  #escape(event) {
    const menu = this.#panel.querySelector('.menu');
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    if (menu.open) {
      menu.open = false;
      menu.firstChild.focus();
    } else this.close();
  }

  async #ask(method, path, body, bearer, more) {
    const response = await fetch(this.server + path, {
      method, body: body && JSON.stringify(body), cache: 'no-store', ...PRIVATE, ...more,
      headers: { ...(body && { 'Content-Type': 'application/json' }), ...(bearer && { Authorization: `Bearer ${bearer}` }) },
    });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(error), { status: response.status, wait: Number(response.headers.get('Retry-After')) });
  }

  #session() {
    const now = Date.now() / 1e3;
    const kept = this.#kept;
    if (this.#token && this.#until > now + 3600 && this.#long === kept) return this.#token;
    return (this.#asking ??= (async () => {
      const region = this.getAttribute('region') ?? undefined;
      try {
        const response = await this.#ask('POST', 'session', { region, keep: kept }, this.#token);
        const { token, expires_in: seconds } = await response.json();
        this.#long = kept;
        this.#until = now + seconds;
        return (this.#token = token);
      } finally {
        this.#asking = null;
      }
    })());
  }

  // One that is being asked for may not be of the kind wanted now. If it fails, it is tried again in a while.
  async #renew() {
    try {
      await this.#asking;
      await this.#session().then?.(() => this.#save());
    } catch {}
  }

  #submit() {
    const text = this.#input.value.trim();
    this.#input.value = '';
    this.#grow();
    if (text) this.#say({ text });
  }

  #grow() {
    const { style, value } = this.#input;
    style.height = 'auto';
    style.height = `${this.#input.scrollHeight || 48}px`;
    const left = LONGEST - value.length;
    this.#left.replaceChildren(left < 200 ? this.#t('left', { number: left }) : '');
  }

  #say(body) {
    this.#tells.replaceChildren();
    this.#add({ k: 'me', id: randomId(), body, state: 'wait', next: 0 });
    this.#wake();
    this.#pump();
  }

  async #pump() {
    if (this.#busy) return;
    this.#busy = true;
    let tries = 0;
    for (let entry; (entry = this.#log.find(({ state }) => state === 'wait') ?? this.#asks()); ) {
      try {
        await this.#deliver(entry);
        tries = 0;
      } catch (error) {
        const wait = entry.state === 'wait' && this.#failed(entry, error, PAUSES[tries] ?? 30);
        tries = wait ? tries + 1 : 0;
        if (wait) await this.#pause(wait, error.status === 429);
      }
    }
    this.#busy = false;
    clearTimeout(this.#alarm);
    // Sleep stops timers.
    if (this.#next) this.#alarm = setTimeout(() => this.#pump(), Math.min(this.#next - Date.now(), 3e4));
  }

  #asks() {
    const now = Date.now();
    if (this.#next <= now) {
      this.#next = now + 9e5;
      this.#due = { id: randomId(), body: { due: true }, state: 'wait', next: 0 };
    }
    return this.#due?.state === 'wait' && this.#due;
  }

  async #deliver(entry) {
    const watch = (this.#watch = new AbortController());
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => watch.abort(), 4e4);
    };
    alive();
    if (!entry.body.due) this.#type(this.#t('typing'));
    entry.reached = false;
    try {
      const token = await this.#session();
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const response = await this.#ask('POST', 'message', { id: entry.id, zone, ...entry.body }, token, { signal: watch.signal });
      entry.reached = true;
      for await (const { type, n, next, ...message } of jsonLines(response.body, alive)) {
        if (entry.state !== 'wait') return;
        this.#mend(entry);
        if (type === 'end') {
          entry.state = 'ok';
          if (next !== undefined) this.#next = Date.now() + (next ?? NaN) * 1e3;
          if (!entry.next) this.#mend(entry, 'empty_answer');
          return;
        }
        if (type !== 'message' || n < entry.next) continue;
        entry.next = n + 1;
        if (message.metadata?.topic === 'forget_me') this.#reset({ log: this.#log.filter((one) => one !== entry && one.state === 'wait') });
        this.#add({ k: 'bot', id: entry.id + entry.renewed + n, m: message });
      }
      throw new Error('cut');
    } finally {
      clearTimeout(timer);
      this.#type('');
    }
  }

  #failed(entry, { status, message, wait }, pause) {
    if (status === 401 && !entry.renewed) {
      entry.renewed = true;
      entry.next = 0;
      this.#token = null;
      if (this.#log.some(({ state }) => state === 'ok')) this.#add({ k: 'note', key: 'fresh' });
      return 0;
    }
    if (status === 413) {
      this.#drop(this.#log.indexOf(entry));
      this.#input.value = said(entry.body);
      this.#grow();
      return this.#tell('too_long');
    }
    const final = status >= 400 && status < 500 && status !== 401 && status !== 429;
    if (final) entry.state = 'dead';
    this.#mend(entry, this.#strings[message] ? message : final ? 'refused' : entry.reached ? 'no_answer' : 'not_sent');
    return final ? 0 : wait || pause;
  }

  #mend(entry, key) {
    const node = this.#nodes.get(entry);
    if (!node || entry.trouble === key) return;
    entry.trouble = key;
    this.#holdFocus(node);
    filled(node, this.#mine(entry));
    this.#settle();
  }

  #tell(key, good) {
    this.#tells.classList.toggle('bad', !good);
    this.#tells.replaceChildren(this.#t(key));
    if (good) setTimeout(() => this.#tells.replaceChildren(), 3000);
  }

  #add(entry) {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroll;
    const id = (entry.id ??= randomId());
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#log.push(entry);
    if (this.#log.length > KEPT) this.#drop(0);
    const node = this.#place(entry);
    const urgent = entry.m && this.#pin(entry.m);
    // The pin says it.
    if (urgent) node.ariaLive = 'off';
    this.#settle();
    if (node === this.#anchor || (!this.#anchor && scrollTop + clientHeight > scrollHeight - 50)) this.#toTop(node);
    if (entry.k === 'bot') {
      this.#eyes.observe(node);
      if (!this.#shown && !this.#inline) this.#badge(this.#pins.firstChild ? 'launcher_urgent' : 'launcher_unread');
    }
    this.#saving ??= setTimeout(() => this.#save(), 250);
  }

  #drop(index) {
    const [entry] = this.#log.splice(index, 1);
    this.#nodes.get(entry).remove();
    this.#nodes.delete(entry);
  }

  #place(entry) {
    const node = h('div', { class: `entry ${entry.k}`, part: entry.k });
    try {
      filled(node, { me: this.#mine, bot: this.#theirs, note: ({ key }) => [this.#t(key)] }[entry.k].call(this, entry));
    } catch {
      node.append(entry.m.text);
    }
    this.#nodes.set(entry, node);
    this.#typing.before(node);
    if (entry.k !== 'me') return node;
    this.#anchor = node;
    for (const open of this.#scroll.querySelectorAll('.bot:not(.over), .hello')) this.#lock(open, entry.body.choices ?? [entry.body.text]);
    return node;
  }

  #mine({ body, state, trouble }) {
    return [h('span', { class: 'said' }, this.#t('you')), h('div', { class: 'bubble' }, said(body)),
      trouble && h('div', { class: 'acts bad', role: 'alert' }, this.#t(trouble), state === 'wait' && trouble !== 'too_many' && button({ click: () => this.#wake() }, this.#t('try_again')))];
  }

  #theirs(entry) {
    const { buttons, metadata } = entry.m;
    const text = entry.m.text ?? '';
    const { text: beside, cards } = known(entry.m);
    const chat = {
      asked: text.split('\n')[0],
      server: this.server,
      t: this.#t,
      tell: (key) => this.#tell(key),
      copy: (words) => this.#copy(words),
      print: async (...what) => (await import(`${HERE}print.js`)).default(this.#root, STYLES, ...what),
      press: (choices) => this.#nodes.get(entry).matches('.over') || this.#say({ choices }),
      choice: (title, free = () => true) => button({ 'data-choice': 1, value: title, click: () => free() && chat.press([title]) }, title),
    };
    const drawn = cards.map((card) => drawCard(card, chat));
    const lines = cards.filter((card) => card?.type === 'sources').map(({ line }) => line);
    const shown = String(drawn.includes(null) ? text : beside ?? text).split('\n').filter((line) => !lines.includes(line)).join('\n');
    const offered = drawn.flatMap((card) => [...(card?.querySelectorAll('input, button') ?? [])].map(({ value }) => value));
    const rest = (buttons ?? []).filter(({ title }) => !offered.includes(title));
    return [h('span', { class: 'said' }, this.#t('bot')),
      shown.trim() && h('div', { class: 'line' }, h('div', { class: 'bubble' }, rich(shown)), navigator.clipboard && button({ class: 'bare tool', 'aria-label': this.#t('copy'), click: () => this.#copy(text) }, icon('copy'))),
      drawn, metadata?.sources?.length > 0 && metadata.topic !== 'urgent' && this.#vote(entry), rest.length > 0 && h('div', { class: 'acts' }, rest.map(({ title }) => chat.choice(title))),
      /plan|diary|reminder/.test(metadata?.topic) && !this.#offer.isConnected && (this.#offer = h('div', { class: 'acts', hidden: this.#kept }, h('span', { class: 'small' }, this.#t('keep_offer')), button({ click: () => this.#keep() }, this.#t('keep_here'))))];
  }

  // So that keys still work.
  #holdFocus(node) {
    if (node.contains(this.shadowRoot.activeElement)) this.#scroll.focus({ preventScroll: true });
  }

  // Close a question and show what was chosen.
  #lock(node, choices) {
    this.#holdFocus(node);
    node.classList.add('over');
    for (const one of node.querySelectorAll('[data-choice], fieldset button, input')) {
      const on = choices.includes(one.value);
      if (one.dataset.choice) {
        one.classList.toggle('picked', on);
        one.ariaDisabled = 'true';
      } else if (one.ariaPressed === String(!on)) one.click();
      else if (one.type !== 'button') {
        one.checked = on;
        one.dispatchEvent(new Event('change', { bubbles: true }));
      }
    }
    for (const one of node.querySelectorAll('fieldset')) one.disabled = true;
  }

  #type(words) {
    this.#typing.replaceChildren(words);
    this.#settle();
  }

  // Room for the anchor to stand on top.
  #settle() {
    const room = this.#anchor ? this.#scroll.clientHeight - this.#spacer.offsetTop + this.#anchor.offsetTop : 0;
    this.#spacer.style.height = `${Math.max(0, room)}px`;
  }

  #toTop(node, behavior) {
    this.#scroll.scrollTo({ top: node.offsetTop - 6, behavior });
  }

  #pin(message) {
    const cards = known(message).cards.filter((card) => card?.type === 'urgent');
    const flags = message.metadata?.flags ?? [];
    let fresh = false;
    for (const card of cards) {
      const key = [card.level, ...(flags.length ? flags.toSorted() : [card.title])].join();
      this.#event('urgent', { level: card.level });
      if (this.#pinned.some((pin) => pin.key === key)) continue;
      this.#pinned.push({ key, card });
      this.#pinAll();
      fresh = true;
    }
    return fresh;
  }

  #pinAll() {
    filled(this.#pins, LEVELS.map((level) => this.#pinned.filter(({ card, read }) => card.level === level && !read).map((pin) => drawCard(pin.card, { t: this.#t }, () => {
      pin.read = true;
      this.#pinAll();
      this.#input.focus();
    }))));
  }

  #vote(entry) {
    const thanks = h('span', { role: 'status' });
    const both = ['up', 'down'].map((value) => button({ class: 'bare tool', value, 'aria-label': this.#t(`helpful_${value}`), 'aria-pressed': String(entry.vote === value), click: async ({ currentTarget }) => {
      if (entry.vote) return;
      entry.vote = value;
      currentTarget.ariaPressed = 'true';
      try {
        await this.#ask('POST', 'feedback', { topic: entry.m.metadata.topic, value }, await this.#session());
        thanks.replaceChildren(this.#t('thanks'));
      } catch {
        entry.vote = null;
        currentTarget.ariaPressed = 'false';
      }
    } }, icon('thumb', value)));
    return h('div', { class: 'row small', role: 'group', 'aria-label': this.#t('helpful') }, both, thanks);
  }

  #copy(text) {
    return navigator.clipboard.writeText(text).then(() => this.#tell('copied', true), () => this.#tell('copy_failed'));
  }

  #asText() {
    const words = { me: ({ body }) => `${this.#t('you')} ${said(body)}`, bot: ({ m }) => `${this.#t('bot')} ${m.text}`, note: ({ key }) => this.#t(key) };
    return this.#log.map((entry) => words[entry.k](entry)).join('\n\n');
  }

  #sheet(key, act) {
    const t = this.#t;
    const box = h('dialog', { 'aria-label': t(key), close: () => box.remove() }, h('p', { class: 'title' }, t(key)), rich(t(`${key}_text`, { page: `${this.server}chat` })),
      h('p', { class: 'acts' }, button({ autofocus: '', click: () => box.close() }, t(act ? 'keep' : 'ok')), act && button({ class: 'main', click: () => {
        box.close();
        act();
      } }, t(`${key}_do`))));
    this.#root.append(box);
    box.showModal();
  }

  #again(key) {
    for (const entry of this.#log) entry.state = 'dead';
    this.#watch.abort();
    this.#wake();
    this.#token = null;
    this.#reset({});
    this.#tells.replaceChildren();
    this.#add({ k: 'note', key });
    this.#scroll.scrollTop = 0;
    this.#input.focus();
  }

  async #forget(done) {
    try {
      if (this.#token) await this.#ask('DELETE', 'conversation', null, this.#token);
      this.#again(done);
    } catch ({ status }) {
      if (status === 401) this.#again('out_of_reach');
      else this.#tell('forget_failed');
    }
  }

  #save() {
    clearTimeout(this.#saving);
    this.#saving = null;
    if (!this.#log) return;
    if (this.#kept) this.#share(recall(this.#key, true));
    keep(this.#key, this.#state(this.#kept), this.#kept);
  }

  #state(kept) {
    const state = { token: this.#token, until: this.#until, open: this.#shown, draft: this.#input.value, pinned: this.#pinned, log: this.#log, next: this.#next, due: this.#due, talk: this.#talk, kept };
    while (JSON.stringify(state).length > KEPT_SIZE) state.log = state.log.slice(50);
    return JSON.stringify(state);
  }
}

const said = ({ text, choices }) => text ?? choices.join(', ');

const known = ({ custom }) => (custom?.v === 1 && Array.isArray(custom.cards) ? custom : { cards: [] });

function drawCard(card, chat, read) {
  try {
    const element = CARDS[card.type](card, chat, read);
    element.classList.add('card');
    element.dataset.card = card.type;
    element.part = 'card';
    return element;
  } catch {
    return null;
  }
}

if (!customElements.get('kneewise-chat')) {
  customElements.define('kneewise-chat', KneewiseChat);

  document.addEventListener('click', ({ target }) => {
    const asker = target.closest?.('[data-kneewise-ask]');
    const chat = asker && document.querySelector('kneewise-chat');
    chat?.ask(asker.dataset.kneewiseAsk || asker.textContent.trim());
    chat?.scrollIntoView({ block: 'nearest' });
  });

  const script = [...document.scripts].find(({ src, dataset }) => src === import.meta.url && 'auto' in dataset);
  if (script && !document.querySelector('kneewise-chat')) {
    const { auto, ...rest } = script.dataset;
    document.body.append(h('kneewise-chat', rest));
  }
}
