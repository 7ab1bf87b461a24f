// What every chart is made of: elements, numbers for people, scales, and marks that tell what they are.
const report = JSON.parse(document.getElementById('report').textContent);
const rows = report.rows;
const measured = rows.filter((r) => r.ending === 'measured');

function el(name, attributes = {}, ...children) {
  const inSvg = ['svg', 'g', 'line', 'circle', 'rect', 'path', 'text'].includes(name);
  const made = inSvg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((c) => c !== null && c !== undefined));
  return made;
}

function digits(x) {
  if (x === 0) return '0';
  if (x >= 99.95) return Math.round(x).toLocaleString('en');
  return x >= 9.995 ? x.toFixed(1) : x >= 0.1 ? x.toFixed(2) : x.toPrecision(2);
}
/// Of a tick: 0.01, 1, 10,000.
const plain = (x) => Number(x.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 9 });
function time(ns, spell = digits) {
  for (const [limit, unit, name] of [[999.5, 1, 'ns'], [999.5e3, 1e3, 'µs'], [999.5e6, 1e6, 'ms']]) {
    if (ns < limit) return (unit === 1 && ns >= 1 ? String(Math.round(ns)) : spell(ns / unit)) + ' ' + name;
  }
  return spell(ns / 1e9) + ' s';
}
const timeTick = (ns) => time(ns, plain);
const percent = (share) => digits(100 * share) + ' %';
const spread = (s) => digits(s.p50) + ' (' + digits(s.p25) + ' to ' + digits(s.p75) + ')';
const label = (r) => (r.wait ? r.name + '/' + r.wait : r.name);
const gapName = (ns) => (ns === 0 ? 'back to back' : ns >= 1e6 ? ns / 1e6 + ' ms' : ns / 1e3 + ' µs');
const of = (section, more = {}) => measured.filter((r) =>
  r.section === section && Object.entries(more).every(([key, value]) => r[key] === value));

/// Paced, it takes longer from trip to trip than is due.
const fallsBehind = (r) => r.gap_ns > 0 && r.spacing_ns > 1.1 * r.gap_ns;

function describe(r) {
  const lines = [label(r), spread(r.ratio) + ' × ' + r.floor];
  if (r.over_ours) lines.push(spread(r.over_ours) + ' × the time of ' + r.beside);
  lines.push(time(r.ns.own) + (r.section === 'throughput' ? ' an element' : ' a round trip') + ', the floor ' + time(r.ns.floor));
  if (fallsBehind(r)) lines.push('It cannot keep this pace: the latency grows as long as it lasts.');
  if (r.cpu_share !== null) lines.push(percent(r.cpu_share) + ' of a CPU used by the waiting side');
  return lines.join('\n');
}

/// A scale from values to places; logarithmic ones have a tick at each 1, or at 1, 2 and 5 where there is room.
function logScale(low, high, from, to) {
  const a = Math.log10(low), b = Math.log10(high);
  const at = (x) => from + (Math.log10(Math.max(x, low)) - a) / (b - a || 1) * (to - from);
  const ticks = [];
  const decades = b - a;
  const room = Math.abs(to - from) / Math.max(decades, 0.3);
  const steps = room > 170 ? [1, 2, 5] : [1];
  const skip = room < 26 ? 2 : 1;
  for (let e = Math.floor(a); e <= Math.ceil(b); ++e) {
    if (skip === 2 && e % 2 !== 0) continue;
    for (const s of steps) {
      const x = s * 10 ** e;
      if (x >= low * 0.999 && x <= high * 1.001) ticks.push(x);
    }
  }
  return { at, ticks };
}
/// A clock that is coarse says 0 where nothing is: that is drawn at the lower end.
function bounds(values) {
  const there = values.filter((x) => x > 0);
  if (there.length === 0) return [1, 10];
  const low = Math.min(...there), high = Math.max(...there);
  return [low / 1.25, Math.max(high * 1.25, low * 2)];
}

const tip = document.getElementById('tip');
function showTip(mark, text) {
  const box = mark.getBoundingClientRect();
  tip.textContent = text;
  tip.hidden = false;
  const wide = tip.offsetWidth, high = tip.offsetHeight;
  tip.style.left = Math.max(8, Math.min(box.x + box.width / 2 - wide / 2, innerWidth - wide - 8)) + 'px';
  tip.style.top = (box.y - high - 8 > 0 ? box.y - high - 8 : box.bottom + 8) + 'px';
}
function hideTip() { tip.hidden = true; }
addEventListener('scroll', hideTip, { passive: true });
addEventListener('keydown', (e) => { if (e.key === 'Escape') hideTip(); });

function mark(text, ...children) {
  const made = el('g', { class: 'mark', tabindex: '-1', role: 'img', 'aria-label': text.replaceAll('\n', '; ') }, ...children);
  made.addEventListener('mouseenter', () => showTip(made, text));
  made.addEventListener('mouseleave', hideTip);
  made.addEventListener('focus', () => showTip(made, text));
  made.addEventListener('blur', hideTip);
  return made;
}

/// The arrow keys go from mark to mark.
function walkable(svg) {
  svg.addEventListener('keydown', (e) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const marks = [...svg.querySelectorAll('.mark')];
    const next = marks[Math.max(0, Math.min(marks.indexOf(document.activeElement) + step, marks.length - 1))];
    if (next) next.focus({ preventScroll: true });
    e.preventDefault();
  });
}

/// A figure that draws itself anew when its width changes. draw(width) -> {height, parts}.
function figure(id, caption, draw, units = {}) {
  const place = el('div');
  const unit = (text, which) => (text ? el('p', { class: 'unit ' + which }, text) : null);
  const made = el('figure', { id: 'chart-' + id }, el('figcaption', {}, caption), unit(units.down, 'down'), place, unit(units.across, 'across'));
  let drawn = 0;
  const redraw = () => {
    const width = Math.floor(place.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    const { height, parts } = draw(width);
    const svg = el('svg', { viewBox: `0 0 ${width} ${height}`, height, tabindex: '0', role: 'group', 'aria-label':
      caption + ' The arrow keys go from mark to mark.', 'data-chart': id }, ...parts);
    svg.dataset.marks = svg.querySelectorAll('.mark').length;
    walkable(svg);
    place.replaceChildren(svg);
  };
  new ResizeObserver(() => requestAnimationFrame(redraw)).observe(place);  // later, for drawing changes the height that it observes
  return made;
}
const missing = (what) => el('p', { class: 'soft' }, what);
