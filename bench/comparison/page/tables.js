// The tables under the charts, and the page from top to bottom.
const ratioCells = (s) => (s ? [digits(s.p25), digits(s.p50), digits(s.p75)] : ['', '', '']);
const quantile = (r, q) => (r.curve && r.curve.find((p) => p[0] === q) || [])[1];
const timeOr = (ns) => (ns === undefined || ns === null ? '–' : time(ns));

function table(title, list, more = []) {
  if (list.length === 0) return null;
  const heads = ['', ...more.map((m) => m.head), '× floor p25', 'p50', 'p75', 'floor', '× ours p25', 'p50', 'p75', 'time',
    'p90', 'p99', 'p99.9', 'rounds'];
  const body = list.map((r) => {
    const name = el('td', { class: r.kind === 'ours' ? 'ours' : '', title: r.mode || '' }, label(r));
    const extra = more.map((m) => m.of(r));
    if (r.ending !== 'measured') {
      return el('tr', {}, name, ...extra.map((x) => el('td', {}, x)),
        el('td', { class: 'text', colspan: heads.length - 1 - extra.length }, r.ending + ': ' + r.why));
    }
    const cells = [...extra, ...ratioCells(r.ratio), r.floor, ...ratioCells(r.over_ours), timeOr(r.ns.own),
      timeOr(quantile(r, 0.9)), timeOr(quantile(r, 0.99)), timeOr(quantile(r, 0.999)), r.rounds];
    return el('tr', {}, name, ...cells.map((c) => el('td', {}, String(c))), r.why ? el('td', { class: 'text' }, r.why) : null);
  });
  return el('details', {}, el('summary', {}, `${title}: ${list.length} rows, with their spreads`),
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title },
      el('table', {}, el('thead', {}, el('tr', {}, ...heads.map((h) => el('th', {}, h)))), el('tbody', {}, ...body))));
}

const all = (section, more = {}) => rows.filter((r) =>
  r.section === section && Object.entries(more).every(([key, value]) => r[key] === value));
const cpuColumn = { head: 'CPU', of: (r) => (r.cpu_share === null ? '–' : percent(r.cpu_share)) };
const gapColumn = { head: 'every', of: (r) => gapName(r.gap_ns) };
const kinds = () => legend([{ name: 'Volley', colour: kindColour.ours }, { name: 'locks: the standard library, POSIX, by hand', colour:
  kindColour.baseline }, { name: 'queues of others', colour: kindColour.rival }, { name: 'floors', colour: kindColour.floor }]);

/// The standard library's waits are what people have, like the locks that are made by hand.
for (const r of rows) {
  if (r.kind === 'rival' && ['round_trip', 'cadence', 'idle', 'crowd', 'payload'].includes(r.section) && r.bytes === null) r.kind = 'baseline';
}

function roundTrips() {
  const places = [['two', 'Two threads on two CPUs.', { parties: 'threads', placement: 'two_cpus' }, 'F_line1: one cache line passed back and forth'],
    ['one', 'Two threads on one CPU.', { parties: 'threads', placement: 'one_cpu' }, 'F_futex: the kernel’s sleep and wake'],
    ['processes', 'Two processes on two CPUs.', { parties: 'processes', placement: 'two_cpus' }, 'F_line1']];
  return [...places.map(([id, caption, which, floor]) =>
    dotPlot('round-trip-' + id, caption, of('round_trip', which), 'round trip, times ' + floor + ' (log scale)')), kinds(),
  ...places.map(([, caption, which]) => table('Round trips: ' + 't' + caption.slice(1, -1), all('round_trip', which)))];
}

const sections = [
  ['round-trips', 'Round trips', 'There and back, as a multiple of the least that this machine can do for it; 1 is the floor. The dot is the ' +
    'median of the rounds, the bar their middle half. Each round was measured next to its floor.', roundTrips],
  ['percentiles', 'Percentiles', 'The trips that are slow. A percentile is shown where at least ten trips lie beyond it.',
    () => [percentileChart()]],
  ['throughput', 'Throughput', 'Elements that all threads together push and pop; every one is counted, and its order checked.',
    () => [throughputChart(), table('Throughput', all('throughput'), [{ head: 'threads', of: (r) => r.shape }])]],
  ['cadence', 'Something comes every so often', 'Latency counts from when a round trip was due: one that has to wait for a late one is late too. ' +
    'Who polls is fast and uses a whole CPU; who sleeps is cheap and slow.',
  () => [cadenceCharts(), table('Cadences', all('cadence'), [gapColumn, cpuColumn])]],
  ['idle', 'While nothing comes', 'What a blocked consumer costs.', () => [idleChart(), table('Idle', all('idle'), [cpuColumn])]],
  ['payload', 'Data that goes with it', 'From a bare signal to 256 bytes each way.',
    () => [payloadChart(), table('Payloads', all('payload'), [{ head: 'bytes', of: (r) => r.bytes }])]],
  ['crowd', 'More threads than CPUs', 'Eight pairs of threads on two CPUs, all at once.',
    () => [dotPlot('crowd', 'A round trip of one pair while seven others make theirs.', of('crowd'),
      'times the same threads over F_futex (log scale)'), table('Crowds', all('crowd'))]],
  ['machine', 'The machine', 'How far its CPUs are from each other, and what all of this was measured on.', () => [heatMap(), machineTable()]],
];

function machineTable() {
  const m = report.machine;
  const quota = m.cgroup_quota === null ? 'no cgroup quota' : 'the cgroup grants ' + m.cgroup_quota + ' CPUs';
  const facts = [['CPU', `${m.cpu} (${m.architecture}${m.virtual ? ', virtual machine' : ''})`], ['Kernel', m.kernel],
    ['Usable', `${m.cpus_usable.length} CPUs: ${m.cpus_usable.join(', ')}; ${quota}`],
    ['Two CPUs', report.cpus.join(' and ') + (report.nearness ? ' in ' + report.nearness : '')], ['Compiler', report.compiler],
    ['Volley', `${report.version}, revision ${report.revision}`],
    ['Clock', `${Math.round(report.clock_ns)} ns a reading, which each single trip holds; single trips are right to ` +
      percent(report.relative_error)],
    ['Measured', `${report.started}, for ${Math.round(report.seconds)} s (${report.extent === 'quick' ? '--quick' : 'all of it'})`],
    ['Left out', report.left_out.length ? 'not installed: ' + report.left_out.join(', ') : 'nothing']];
  return el('div', { class: 'scroll' }, el('table', {}, el('tbody', {}, ...facts.map(([key, value]) =>
    el('tr', {}, el('th', { class: 'text' }, key), el('td', { class: 'text' }, value))))));
}

const limits = [
  'What these numbers do not show',
  'Times in ns are those of this machine, now; only ratios to a floor that was measured in the same milliseconds are worth comparing.',
  'A virtual machine’s CPUs may be moved between two runs, and the floor with them. Power states of a CPU that was idle for long, other work on ' +
    'the machine, memory on another node and CPUs beyond the two that were used do not show.',
  'Queues promise different things: a row’s mode (point at its name in a table) says which; one that only keeps the order of each producer is not ' +
    'the same as one FIFO for all. All queues are polled by one rule, 16 looks and then sched_yield, whatever they bring for waiting.',
  'A round trip measures one element in flight. Throughput runs a queue that is neither always full nor always empty.',
];

function draw() {
  document.getElementById('answer').textContent = report.answer;
  document.getElementById('facts').textContent = `${report.machine.cpu}, ${report.machine.kernel}, ${report.compiler}; volley ` +
    `${report.version} (${report.revision}); ${report.started}.`;
  const main = document.getElementById('main');
  const failed = rows.filter((r) => r.ending !== 'measured');
  if (!report.complete) main.append(el('p', { class: 'warn', id: 'incomplete' }, 'Stopped before its end: what is missing was not measured.'));
  if (failed.length) {
    main.append(el('p', { class: 'warn', id: 'failures' }, `${failed.length} did not come to an end: ` +
      failed.map((r) => `${r.id} (${r.ending}: ${r.why})`).join('; ') + '.'));
  }
  for (const [id, title, text, parts] of sections) {
    main.append(el('section', { id }, el('h2', {}, title), el('p', { class: 'soft' }, text), ...parts()));
    document.getElementById('contents').append(el('a', { href: '#' + id }, title));
  }
  document.getElementById('limits').append(el('h2', {}, limits[0]), ...limits.slice(1).map((text) => el('p', {}, text)));
}
draw();
document.body.dataset.paper = getComputedStyle(document.body).backgroundColor;
