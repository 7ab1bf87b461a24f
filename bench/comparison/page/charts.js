// The charts. Each takes rows and gives a figure, or a sentence where there is nothing to draw.
const kindColour = { ours: 'var(--ours)', rival: 'var(--rival)', baseline: 'var(--baseline)', floor: 'var(--floor)' };
const seriesColours = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'].map((c) => `var(--${c})`);

function xGrid(scale, top, bottom, spell) {
  return scale.ticks.flatMap((x) => [
    el('line', { class: 'grid', x1: scale.at(x), x2: scale.at(x), y1: top, y2: bottom }),
    el('text', { x: scale.at(x), y: bottom + 16, 'text-anchor': 'middle' }, spell(x)),
  ]);
}
function yGrid(scale, left, right, spell) {
  return scale.ticks.flatMap((y) => [
    el('line', { class: 'grid', x1: left, x2: right, y1: scale.at(y), y2: scale.at(y) }),
    el('text', { x: left - 8, y: scale.at(y) + 4, 'text-anchor': 'end' }, spell(y)),
  ]);
}

/// One line a row: the middle half of the ratios as a bar, their median as a dot.
function dotPlot(id, caption, list, unit) {
  if (list.length === 0) return missing(caption + ' Not measured in this report.');
  const sorted = [...list].sort((a, b) => a.ratio.p50 - b.ratio.p50);
  return figure(id, caption, (width) => {
    const step = 22, top = 6, left = labelRoom(sorted, width), bottom = top + step * sorted.length;
    const [low, high] = bounds(sorted.flatMap((r) => [r.ratio.p25, r.ratio.p75, 1]));
    const scale = logScale(low, high, left, width - 52);
    const parts = xGrid(scale, top, bottom, plain);
    parts.push(el('line', { class: 'axis', x1: scale.at(1), x2: scale.at(1), y1: top, y2: bottom, 'stroke-dasharray': '3 3' }));
    sorted.forEach((r, i) => {
      const y = top + step * (i + 0.5), colour = kindColour[r.kind];
      parts.push(el('text', { class: 'name ' + r.kind, x: left - 10, y: y + 4, 'text-anchor': 'end' }, shortened(label(r), left)));
      parts.push(mark(describe(r),
        el('rect', { x: 0, y: y - step / 2, width, height: step, fill: 'transparent' }),
        el('line', { x1: scale.at(r.ratio.p25), x2: Math.max(scale.at(r.ratio.p75), scale.at(r.ratio.p25) + 1), y1: y, y2: y,
          stroke: colour, 'stroke-width': 7, 'stroke-opacity': 0.35, 'stroke-linecap': 'round' }),
        el('circle', { class: 'hit', cx: scale.at(r.ratio.p50), cy: y, r: 5, fill: colour }),
        el('text', { x: width - 2, y: y + 4, 'text-anchor': 'end' }, digits(r.ratio.p50))));
    });
    return { height: bottom + 22, parts };
  }, { across: unit });
}
const labelRoom = (list, width) => Math.min(20 + 7.6 * Math.max(...list.map((r) => label(r).length)), 300, width * 0.46);
function shortened(text, room) {
  const most = Math.floor((room - 12) / 7.6);
  return text.length <= most ? text : text.slice(0, most - 1) + '…';
}

/// Lines through points [x, y, text, whether it is hollow]; x is a place on `across` {at, ticks, spell, unit}.
function lineChart(id, caption, series, across, down) {
  if (series.every((s) => s.points.length === 0)) return missing(caption + ' Not measured in this report.');
  const made = figure(id, caption, (width) => {
    const left = 58, top = 10, bottom = 268, right = width - 14;
    const xAt = (x) => left + 14 + across.share(x) * (right - left - 28);
    const scale = down.scale(series.flatMap((s) => s.points.map((p) => p[1])), bottom, top);
    const parts = yGrid(scale, left, right, down.spell);
    for (const x of across.ticks) {
      if (width < 420 && across.ticks.length > 5 && across.ticks.indexOf(x) % 2 === 1) continue;
      parts.push(el('line', { class: 'grid', x1: xAt(x), x2: xAt(x), y1: top, y2: bottom }));
      parts.push(el('text', { x: xAt(x), y: bottom + 17, 'text-anchor': 'middle' }, across.spell(x)));
    }
    for (const s of series) {
      const places = s.points.map(([x, y]) => `${xAt(x).toFixed(1)},${scale.at(y).toFixed(1)}`);
      parts.push(el('path', { d: 'M' + places.join('L'), fill: 'none', stroke: s.colour, 'stroke-width': 2, 'stroke-linejoin': 'round',
        'stroke-dasharray': s.dashed ? '5 4' : 'none' }));
      for (const [x, y, text, isHollow] of s.points) {
        parts.push(mark(text, el('circle', { cx: xAt(x), cy: scale.at(y), r: 11, fill: 'transparent' }),
          el('circle', { class: 'hit', cx: xAt(x), cy: scale.at(y), r: 3.6, fill: isHollow ? 'var(--card)' : s.colour, stroke: s.colour, 'stroke-width': 1.5 })));
      }
    }
    return { height: bottom + 24, parts };
  }, { across: across.unit, down: down.unit });
  made.append(legend(series.filter((s) => s.points.length !== 0)));
  return made;
}
function legend(series) {
  return el('ul', { class: 'legend' }, ...series.map((s) =>
    el('li', {}, el('i', { style: 'background:' + s.colour }), s.name)));
}
const logDown = (unit, spell) => ({ unit, spell, scale: (values, from, to) => logScale(...bounds(values), from, to) });
const ordinal = (ticks, spell, unit) =>
  ({ ticks, spell, unit, share: (x) => (ticks.length < 2 ? 0.5 : ticks.indexOf(x) / (ticks.length - 1)) });

/// Those that were asked for first, then whatever else there is; no more than there are colours.
function seriesOf(list, first, points, most = 8) {
  const names = [...new Set(list.map(label))];
  const order = [...first.filter((n) => names.includes(n)), ...names.filter((n) => !first.includes(n))].slice(0, most);
  return order.map((name, i) => ({ name, colour: seriesColours[i], points: points(list.filter((r) => label(r) === name)) }));
}

function percentileChart() {
  const list = of('round_trip', { parties: 'threads', placement: 'two_cpus' }).filter((r) => r.curve);
  const first = ['turn/spin_park', 'mutex_condvar', 'spsc_ring', 'turn/park', 'binary_semaphore', 'atomic_wait', 'sem_t'];
  const series = seriesOf(list.filter((r) => first.includes(label(r))), first, (some) => (some[0].curve || [])
    .filter(([q]) => q >= 0.25).map(([q, ns]) => [q, ns, `${label(some[0])}\n${q * 100} % of round trips take at most ${time(ns)}`]));
  const most = Math.max(0.99, ...series.flatMap((s) => s.points.map((p) => p[0])));
  const place = (q) => Math.log10(1 / (1 - q));
  const a = place(0.25), b = place(most);
  const ticks = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999].filter((q) => q <= most);
  return lineChart('percentiles', 'Single round trips on two CPUs, by percentile: the further right, the rarer.', series,
    { ticks, spell: (q) => +(q * 100).toFixed(4) + ' %', unit: 'percentile of round trips', share: (q) => (place(q) - a) / (b - a) },
    logDown('round trip, time (log scale)', timeTick));
}

function throughputChart() {
  const shapes = ['1P1C', '2P2C', '4P4C', '16P16C'];
  const list = of('throughput').filter((r) => shapes.includes(r.shape));
  const there = shapes.filter((s) => list.some((r) => r.shape === s));
  const rate = (r) => 1 / r.ratio.p50;
  const others = list.filter((r) => r.kind === 'rival').sort((a, b) => shapes.indexOf(b.shape) - shapes.indexOf(a.shape) || rate(b) - rate(a));
  const first = ['mpmc_ring', 'mutex+ring', 'spsc_ring', 'spin_lock+ring', 'lockfree_mpmc_ring', ...new Set(others.map(label))];
  const series = seriesOf(list.filter((r) => first.includes(label(r))), first, (some) => some
    .sort((a, b) => shapes.indexOf(a.shape) - shapes.indexOf(b.shape))
    .map((r) => [r.shape, rate(r), `${label(r)}, ${r.shape}\n${digits(rate(r))} elements in the time of one F_line2 round trip\n` +
      `(here about ${digits(1e3 / r.ns.own)} million a second)\n` + describe(r).split('\n').slice(2, 3).join('')]));
  return lineChart('throughput', 'Elements that go through, by producers (P) and consumers (C); all threads share two CPUs.', series,
    ordinal(there, (s) => s, 'producers and consumers'), logDown('8-byte elements per F_line2 round trip (log scale)', plain));
}

function cadenceCharts() {
  const list = of('cadence');
  const gaps = [...new Set(list.map((r) => r.gap_ns))].sort((a, b) => a - b);
  const first = ['turn/spin_park', 'turn/busy_spin', 'turn/park', 'mutex_condvar'];
  const across = ordinal(gaps, gapName, 'a round trip is due every');
  const points = (value, spell) => (some) => some.sort((a, b) => a.gap_ns - b.gap_ns)
    .map((r) => [r.gap_ns, value(r), `${label(r)}, ${gapName(r.gap_ns)}\n${spell(r)}`, fallsBehind(r)]);
  const linear = { unit: 'CPU time of the waiting side, % of one CPU', spell: (y) => y + ' %',
    scale: (_, from, to) => ({ ticks: [0, 25, 50, 75, 100], at: (y) => from + Math.min(y, 105) / 105 * (to - from) }) };
  return el('div', { class: 'pair' },
    lineChart('cadence-latency', 'How long a round trip takes from when it was due; hollow: it falls behind.',
      seriesOf(list, first, points((r) => r.ns.own, describe)), across, logDown('middle round trip, time (log scale)', timeTick)),
    lineChart('cadence-cpu', 'What the waiting side uses of a CPU meanwhile.',
      seriesOf(list, first, points((r) => 100 * r.cpu_share, (r) => percent(r.cpu_share) + ' of a CPU')), across, linear));
}

function payloadChart() {
  const list = of('payload');
  const sizes = [...new Set(list.map((r) => r.bytes))].sort((a, b) => a - b);
  const series = seriesOf(list, ['turn/spin_park', 'mutex_condvar', 'spsc_ring', 'mutex+ring'], (some) => some
    .sort((a, b) => a.bytes - b.bytes).map((r) => [r.bytes, r.ratio.p50, `${r.bytes} bytes each way\n` + describe(r)]));
  return lineChart('payload', 'Round trips that carry data, on two CPUs.', series,
    ordinal(sizes, String, 'bytes that go each way'), logDown('times F_line1, which carries none (log scale)', plain));
}

function idleChart() {
  const list = of('idle').sort((a, b) => a.cpu_share - b.cpu_share);
  const caption = 'CPU time of a consumer for whom nothing comes: 100 ms between two posts.';
  if (list.length === 0) return missing(caption + ' Not measured in this report.');
  return figure('idle', caption, (width) => {
    const step = 24, left = labelRoom(list, width), right = width - 74, bottom = step * list.length;
    const scale = { ticks: [0, 50, 100], at: (x) => left + Math.min(x, 100) / 100 * (right - left) };
    const parts = xGrid(scale, 0, bottom, (x) => x + ' %');
    list.forEach((r, i) => {
      const y = step * (i + 0.5);
      parts.push(el('text', { class: 'name ' + r.kind, x: left - 10, y: y + 4, 'text-anchor': 'end' }, shortened(label(r), left)));
      parts.push(mark(`${label(r)}\n${percent(r.cpu_share)} of a CPU while it waits\n${time(r.ns.own)} a round trip, from when it was due`,
        el('rect', { x: 0, y: y - step / 2, width, height: step, fill: 'transparent' }),
        el('rect', { class: 'hit', x: left, y: y - 7, width: Math.max(scale.at(100 * r.cpu_share) - left, 2), height: 14, rx: 3,
          fill: kindColour[r.kind] }),
        el('text', { x: width - 2, y: y + 4, 'text-anchor': 'end' }, percent(r.cpu_share))));
    });
    return { height: bottom + 22, parts };
  }, { across: '% of one CPU' });
}

function heatMap() {
  const map = report.core_map;
  const caption = 'From core to core: a round trip of one cache line (F_line1), median.';
  if (!map || map.pairs.length === 0) return missing(caption + (map && map.why ? ' Not measured: ' + map.why : ' It takes two CPUs.'));
  const n = map.cpus.length, values = map.pairs.map((p) => p.ns.p50);
  const low = Math.min(...values), high = Math.max(...values);
  return figure('core-map', caption, (width) => {
    const left = 44, top = 26, cell = Math.min(64, (width - left - 4) / n), parts = [];
    const place = (cpu) => map.cpus.indexOf(cpu);
    const every = Math.ceil(22 / cell);
    map.cpus.forEach((cpu, i) => {
      if (i % every !== 0) return;
      parts.push(el('text', { x: left + cell * (i + 0.5), y: top - 8, 'text-anchor': 'middle' }, cpu));
      parts.push(el('text', { x: left - 8, y: top + cell * (i + 0.5) + 4, 'text-anchor': 'end' }, cpu));
    });
    for (const p of map.pairs) {
      const share = high > low ? Math.log(p.ns.p50 / low) / Math.log(high / low) : 0;
      for (const [x, y] of [[p.a, p.b], [p.b, p.a]]) {
        const at = { x: left + cell * place(x), y: top + cell * place(y) };
        parts.push(mark(`CPU ${x} and CPU ${y}\n${time(p.ns.p50)} (${time(p.ns.p25)} to ${time(p.ns.p75)}) a round trip`,
          el('rect', { class: 'hit', ...at, width: cell - 1.5, height: cell - 1.5, rx: 3, fill: 'var(--accent)', 'fill-opacity': 0.14 + 0.8 * share }),
          cell < 48 ? null : el('text', { x: at.x + cell / 2, y: at.y + cell / 2 + 4, 'text-anchor': 'middle',
            style: share > 0.45 ? 'fill: var(--card)' : 'fill: var(--ink)' }, time(p.ns.p50))));
      }
    }
    return { height: top + cell * n + 4, parts };
  }, { down: 'CPU numbers; the fuller the colour, the longer: from ' + time(low) + ' to ' + time(high) });
}
