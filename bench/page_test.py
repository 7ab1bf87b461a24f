# SPDX-License-Identifier: MIT
"""The page in headless Chromium: usage: page_test.py VOLLEY_REPORT. Skipped (exit code 77) where there is no chromium.

Each chart is drawn, in light and dark and on a phone, and the console has no error. With PICTURES=DIR in the environment it leaves
screenshots there: whoever changes the page looks at them.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(sys.argv.pop(1)).resolve()
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
CHARTS = ['round-trip-two', 'round-trip-one', 'round-trip-processes', 'percentiles', 'throughput', 'cadence-latency', 'cadence-cpu', 'idle',
          'payload', 'crowd', 'core-map']
FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--enable-logging=stderr', '--virtual-time-budget=4000']
SCHEMES = {'light': [], 'dark': ['--blink-settings=preferredColorScheme=0']}
GAPS = [0, 1000, 10_000, 100_000, 1_000_000, 10_000_000]


def row(section, name, ratio, kind='rival', wait='', **more):
    keys = ('mode', 'parties', 'placement', 'shape', 'bytes', 'gap_ns', 'beside', 'why', 'over_ours', 'cpu_share', 'samples', 'curve')
    made = dict.fromkeys(keys)
    made.update(section=section, name=name, wait=wait, kind=kind, floor='F_line1', ending='measured', rounds=40,
                ratio={'p25': ratio * 0.95, 'p50': ratio, 'p75': ratio * 1.1}, ns={'own': 100 * ratio, 'floor': 100})
    made.update(more)
    made['id'] = '/'.join(str(made[key]) for key in ('section', 'parties', 'placement', 'shape', 'bytes', 'gap_ns', 'name', 'wait') if made[key])
    return made


def curve(middle):
    return [[q, int(middle * factor)] for q, factor in ((0.25, 0.9), (0.5, 1), (0.9, 1.2), (0.99, 2), (0.999, 20), (0.9999, 90))]


def made_up():
    """A report with a bit of everything: what fails, names that are long or look like HTML, ratios from 0.01 to 10,000."""
    rows = []
    both = [('turn', 'spin_park', 'ours', 1.05), ('turn', 'park', 'ours', 270), ('mutex_condvar', '', 'rival', 300), ('sem_t', '', 'rival', 260),
            ('a_name_that_is_longer_than_any_other_in_here<b>', '', 'baseline', 9000), ('spsc_ring', '', 'ours', 0.01)]
    for parties, placement in (('threads', 'two_cpus'), ('threads', 'one_cpu'), ('processes', 'two_cpus')):
        rows += [row('round_trip', name, ratio, kind, wait, parties=parties, placement=placement, curve=curve(100 * ratio), samples=200_000)
                 for name, wait, kind, ratio in both]
    rows.append(row('round_trip', 'hangs', 1, parties='threads', placement='two_cpus', ending='failed', why='hangs: <i>a round</i>'))
    rows[-1]['ratio'] = None
    for shape, factor in (('1P1C', 1), ('2P2C', 2), ('4P4C', 3), ('16P16C', 4)):
        rows += [row('throughput', name, ratio * factor, kind, shape=shape, bytes=8, parties='threads')
                 for name, kind, ratio in (('mpmc_ring', 'ours', 0.1), ('mutex+ring', 'baseline', 2), ('xenium/scq', 'rival', 0.4))]
    for gap in [*GAPS, 100_000_000]:
        rows += [row('idle' if gap > GAPS[-1] else 'cadence', name, ratio + gap / 1e4, kind, wait, gap_ns=gap, cpu_share=share)
                 for name, wait, kind, ratio, share in (('turn', 'busy_spin', 'ours', 1, 1), ('turn', 'spin_park', 'ours', 1.1, 0.01),
                                                        ('mutex_condvar', '', 'rival', 300, 0.0002))]
    rows += [row('cadence', 'sem_t', 1e6, gap_ns=1000, cpu_share=0.5, spacing_ns=5000)]
    rows += [row('payload', name, ratio + size / 64, 'ours', wait, bytes=size)
             for name, wait, ratio in (('turn', 'spin_park', 1), ('spsc_ring', '', 2)) for size in (0, 8, 64, 256)]
    rows += [row('crowd', name, 1.2, kind, wait) for name, wait, kind, _ in both[:4]]
    cpus = list(range(12))
    pairs = [{'a': a, 'b': b, 'ns': {'p25': 50 + b, 'p50': 55 + 3 * b, 'p75': 60 + 9 * b}} for a in cpus for b in cpus if a < b]
    return {'schema': 'volley-report', 'schema_version': 1, 'version': '0.1.0', 'revision': 'made up', 'compiler': 'g++', 'extent': 'all',
            'complete': False, 'started': 'never', 'seconds': 1, 'machine': {'cpu': 'a CPU', 'architecture': 'x86_64', 'kernel': 'Linux',
            'virtual': True, 'cpus_usable': cpus, 'cgroup_quota': None}, 'cpus': [0, 1], 'nearness': 'one core', 'clock_ns': 20,
            'relative_error': 1 / 256, 'left_out': ['tbb (libtbb-dev)'], 'answer': 'Made up, to be drawn.', 'core_map':
            {'cpus': cpus, 'why': None, 'pairs': pairs}, 'rows': rows}


@unittest.skipUnless(CHROMIUM, 'no chromium')
class Page(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix='volley-page-')
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)

    def page(self, report):
        (self.folder / 'report.json').write_text(json.dumps(report))
        subprocess.run([PROGRAM, '--from', self.folder / 'report.json', '--out', self.folder], check=True, stdout=subprocess.DEVNULL)
        return self.folder / 'report.html'

    def chromium(self, page, width, *flags):
        height = 6000 if any('screenshot' in flag for flag in flags) else 900
        with tempfile.TemporaryDirectory(prefix='volley-chromium-') as profile:
            got = subprocess.run([CHROMIUM, *FLAGS, f'--user-data-dir={profile}', f'--window-size={width},{height}', *flags, page.as_uri()],
                                 capture_output=True, text=True, timeout=300, check=True)
        self.assertNotIn('CONSOLE', got.stderr, 'the console is empty')
        return got.stdout

    def narrow(self, page, width):
        """The page in a frame as wide as a phone: windows have a least width."""
        frame = self.folder / 'frame.html'
        frame.write_text('<!doctype html><body style="margin:0"><iframe src="report.html" style="border:0" width=' + str(width) +
                         ' height=9000></iframe><script>onload = () => setTimeout(() => { const d = frames[0].document; '
                         'document.body.append(JSON.stringify({wide: d.documentElement.scrollWidth})); '
                         'document.body.append(d.documentElement.cloneNode(true)); }, 1500)</script>')
        return frame

    def assert_drawn(self, dom):
        for chart in CHARTS:
            self.assertRegex(dom, rf'(?s)<figure id="chart-{chart}">(?:(?!</figure>).)*<p class="unit', f'{chart} has units')
            found = re.search(rf'<svg[^>]*data-chart="{chart}"[^>]*>', dom)
            self.assertIsNotNone(found, chart)
            self.assertGreater(int(re.search(r'data-marks="(\d+)"', found.group()).group(1)), 0, chart)
        self.assertNotIn('NaN', re.sub(r'<script.*?</script>', '', dom, flags=re.S))

    def test_each_chart_is_drawn_in_light_and_dark(self):
        page = self.page(made_up())
        papers = set()
        for scheme, flags in SCHEMES.items():
            dom = self.chromium(page, 1200, *flags, '--dump-dom')
            self.assert_drawn(dom)
            self.assertIn('id="incomplete"', dom)
            self.assertIn('hangs: &lt;i&gt;a round&lt;/i&gt;', dom)
            papers.add(re.search(r'data-paper="([^"]*)"', dom).group(1))
            if 'PICTURES' in os.environ:
                self.chromium(page, 1200, *flags, f'--screenshot={os.environ["PICTURES"]}/{scheme}.png')
        self.assertEqual(len(papers), 2, 'dark is another paper')

    def test_each_chart_is_drawn_on_a_phone_and_nothing_sticks_out(self):
        width = 360
        frame = self.narrow(self.page(made_up()), width)
        dom = self.chromium(frame, 1200, '--allow-file-access-from-files', '--dump-dom')
        self.assert_drawn(dom)
        self.assertEqual(json.loads(re.search(r'\{"wide":\d+\}', dom).group())['wide'], width)
        if 'PICTURES' in os.environ:
            self.chromium(frame, width, '--allow-file-access-from-files', f'--screenshot={os.environ["PICTURES"]}/phone.png')

    def test_a_report_of_nothing_is_a_page_too(self):
        empty = made_up() | {'rows': [], 'core_map': None}
        dom = self.chromium(self.page(empty), 1200, '--dump-dom')
        self.assertNotIn('data-chart=', dom)
        self.assertIn('Not measured in this report', dom)


if __name__ == '__main__':
    if not CHROMIUM:
        print('skipped: no chromium here; its package is chromium')
        sys.exit(77)
    unittest.main(verbosity=2)
