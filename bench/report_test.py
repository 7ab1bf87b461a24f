# SPDX-License-Identifier: MIT
"""What `volley report` does and leaves behind, also when rivals go wrong or it is stopped: usage: report_test.py VOLLEY_REPORT_WITH_BROKEN"""
import copy
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = Path(sys.argv.pop(1)).resolve()


def volley(*words, **how):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=240, check=False, **how)


def named(*names):
    return [word for name in names for word in ('--name', name)]


def written(folder):
    """The report, after a look whether the page holds the very same."""
    said = json.loads((folder / 'report.json').read_text())
    page = (folder / 'report.html').read_text()
    held = re.search(r'<script id="report" type="application/json">(.*?)</script>', page, re.S)
    assert json.loads(held.group(1)) == said
    return said, page


class Folder(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix='volley-report-')
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)


class Measuring(Folder):
    def test_each_section_gives_rows_with_all_that_a_row_has(self):
        got = volley('--quick', '--seconds', '30', '--out', self.folder, *named('turn/spin_park', 'mutex+ring', 'mutex_condvar'))
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        said, page = written(self.folder)
        self.assertTrue(said['complete'])
        self.assertEqual((said['schema'], said['schema_version'], said['extent']), ('volley-report', 1, 'quick'))
        self.assertEqual(len({row['id'] for row in said['rows']}), len(said['rows']))
        sections = {row['section'] for row in said['rows']}
        self.assertEqual(sections, {'round_trip', 'payload', 'cadence', 'idle', 'crowd', 'throughput'})
        self.assertEqual(len(said['core_map']['pairs']), len(said['core_map']['cpus']) * (len(said['core_map']['cpus']) - 1) // 2)
        for row in (row for row in said['rows'] if row['ending'] == 'measured'):
            self.assertEqual(row.keys(), said['rows'][0].keys())
            self.assertTrue(0 < row['ratio']['p25'] <= row['ratio']['p50'] <= row['ratio']['p75'], row)
            self.assertGreaterEqual(row['rounds'], 2)
            self.assertEqual(row['over_ours'] is None, row['beside'] is None)
            for quantile, _ in row['curve'] or []:
                self.assertGreaterEqual(row['samples'] * (1 - quantile), 10 - 1e-6, 'ten samples lie beyond it')
        self.assertNotIn('http', re.sub(r'http://www\.w3\.org/\S+', '', page), 'it asks no network')

    def test_rows_of_several_rounds_a_turn_stay_right_after_single_trips(self):
        got = volley('--only', 'round_trip', '--seconds', '15', '--out', self.folder, *named('exchanger/swap/spin_park'))
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        rows = written(self.folder)[0]['rows']
        self.assertIn('measured', {row['ending'] for row in rows})
        self.assertNotIn('failed', {row['ending'] for row in rows}, rows)
        self.assertTrue(any(row['samples'] for row in rows), 'single trips were timed')

    def assert_told(self, section, wrong, right):
        got = volley('--quick', '--seconds', '60', '--patience', '2', '--only', section, '--out', self.folder, *named(right, *wrong))
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        rows = [row for row in written(self.folder)[0]['rows'] if row['why'] != 'out of time']
        for name, why in wrong.items():
            mine = [row for row in rows if row['name'] == name]
            self.assertTrue(mine, name)
            for row in mine:
                self.assertEqual(row['ending'], 'failed', row)
                self.assertRegex(row['why'], why)
                self.assertIsNone(row['ratio'])
                self.assertIn(row['id'], got.stdout)
        self.assertIn('measured', {row['ending'] for row in rows if row['name'] == right})

    def test_a_rival_that_goes_wrong_is_told_in_its_row_and_the_rest_is_measured(self):
        self.assert_told('throughput', {'hangs': 'hangs', 'crashes': r'crashed \(Aborted\)', 'loses': 'lost elements'}, 'mutex+ring')
        self.assert_told('round_trip', {'hangs': 'hangs|not what was sent', 'crashes': r'crashed \(Aborted\)'}, 'std_latch')

    def test_when_it_is_ours_the_exit_code_says_so(self):
        got = volley('--seconds', '10', '--patience', '2', '--only', 'round_trip', '--out', self.folder, *named('our_crash/spin_park'))
        self.assertEqual(got.returncode, 1, got.stdout + got.stderr)
        self.assertEqual({row['ending'] for row in written(self.folder)[0]['rows']}, {'failed'})

    def test_stopping_it_leaves_a_valid_report_of_what_was_measured_so_far(self):
        with subprocess.Popen([PROGRAM, '--only', 'crowd', '--out', self.folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as running:
            until = time.monotonic() + 120
            file = self.folder / 'report.json'
            while time.monotonic() < until and not (file.exists() and json.loads(file.read_text())['rows']):
                time.sleep(0.05)
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(10), 128 + signal.SIGINT)
            self.assertIn('report.html', running.stderr.read())
        said, _ = written(self.folder)
        self.assertFalse(said['complete'])
        self.assertTrue(said['rows'])
        self.assertEqual({file.name for file in self.folder.iterdir()}, {'report.json', 'report.html'})

    def test_time_that_runs_out_is_told_row_by_row(self):
        got = volley('--seconds', '1', '--only', 'idle', '--out', self.folder)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        said, _ = written(self.folder)
        self.assertIn('out of time', {row['why'] for row in said['rows']})
        self.assertTrue(said['complete'])


def made_up(**ratios):
    rows = [{'id': name, 'section': 'round_trip', 'name': name, 'kind': 'ours' if name.startswith('our') else 'rival', 'ending': 'measured',
             'why': None, 'ratio': dict(zip(('p25', 'p50', 'p75'), ratio))} for name, ratio in ratios.items()]
    return {'schema': 'volley-report', 'schema_version': 1, 'machine': {'cpu': 'a CPU'}, 'rows': rows}


class Comparing(Folder):
    def compare(self, before, after, *words):
        files = []
        for name, what in (('A.json', before), ('B.json', after)):
            files.append(self.folder / name)
            if what is not None:
                files[-1].write_text(what if isinstance(what, str) else json.dumps(what))
        return volley('--compare', *files, *words)

    def test_what_overlaps_is_noise(self):
        got = self.compare(made_up(our=(1.0, 1.1, 1.3)), made_up(our=(1.3, 1.5, 1.6)))
        self.assertEqual(got.returncode, 0, got.stdout)
        self.assertIn('0 slower, 0 faster, 1 alike', got.stdout)

    def test_a_regression_past_the_threshold_is_exit_code_1(self):
        before, after = made_up(our=(1.0, 1.1, 1.2)), made_up(our=(1.25, 1.32, 1.4))
        got = self.compare(before, after)
        self.assertEqual(got.returncode, 1, got.stdout)
        self.assertRegex(got.stdout, r'our\s+1\.10 \(1\.00 to 1\.20\) -> 1\.32 \(1\.25 to 1\.40\)\s+20\.0 %  REGRESSION')
        self.assertEqual(self.compare(before, after, '--threshold', '25').returncode, 0)
        self.assertEqual(self.compare(after, before).returncode, 0, 'faster is none')
        self.assertIn('1 faster', self.compare(after, before).stdout)

    def test_a_rival_that_got_slower_is_told_and_is_no_regression(self):
        got = self.compare(made_up(rival=(1, 1, 1)), made_up(rival=(2, 2, 2)))
        self.assertEqual(got.returncode, 0)
        self.assertIn('1 slower', got.stdout)

    def test_ours_that_fails_where_it_was_measured_is_a_regression(self):
        after = made_up(our=(1, 1, 1), rival=(1, 1, 1))
        for row in after['rows']:
            row.update(ending='failed', why='hangs', ratio=None)
        got = self.compare(made_up(our=(1, 1, 1), rival=(1, 1, 1)), after)
        self.assertEqual(got.returncode, 1)
        self.assertIn('2 failed', got.stdout)
        self.assertEqual(self.compare(made_up(rival=(1, 1, 1)), after).returncode, 0)

    def test_rows_of_one_report_alone_are_counted(self):
        got = self.compare(made_up(our=(1, 1, 1), gone=(1, 1, 1)), made_up(our=(1, 1, 1), new=(1, 1, 1)))
        self.assertEqual(got.returncode, 0)
        self.assertIn('2 in one report only', got.stdout)

    def test_what_is_no_report_is_exit_code_2_and_one_line(self):
        good = made_up(our=(1, 1, 1))
        wrong = {'missing': None, 'empty': '', 'not JSON': '{"schema": ', 'another thing': {'rows': []}, 'a list': [], 'no rows': {
            'schema': 'volley-report', 'schema_version': 1, 'machine': {}}}
        for name, change in (('another version', lambda r: r.update(schema_version=2)), ('rows', lambda r: r.update(rows={})),
                             ('row', lambda r: r['rows'].append(7)), ('name', lambda r: r['rows'][0].update(name=7)),
                             ('ratio', lambda r: r['rows'][0].update(ratio=None)), ('text', lambda r: r['rows'][0]['ratio'].update(p50='1')),
                             ('disorder', lambda r: r['rows'][0]['ratio'].update(p25=2)), ('zero', lambda r: r['rows'][0]['ratio'].update(p25=0)),
                             ('machine', lambda r: r.pop('machine')), ('id', lambda r: r['rows'][0].pop('id'))):
            wrong[name] = copy.deepcopy(good)
            change(wrong[name])
        for name, what in wrong.items():
            for pair in ((what, good), (good, what)):
                with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                    self.folder = Path(folder)
                    got = self.compare(*pair)
                    self.assertEqual(got.returncode, 2, got.stdout + got.stderr)
                    self.assertRegex(got.stderr, r'^volley: .*\n$')
                    self.assertEqual(got.stdout, '')


class BadUsage(Folder):
    def test_it_is_one_line_and_exit_code_2_and_nothing_written(self):
        inside = self.folder / 'a file'
        inside.write_text('')
        for words in (['--sideways'], ['--only', 'nothing'], ['--cpus', '0,0'], ['--compare', 'A'], ['--out', inside], ['--out', inside / 'b'],
                      ['--out', ''], ['--seconds', '0'], ['--from', inside], ['--from', 'A', '--compare', 'A', 'B'], ['--name', 'nobody', '--only', 'crowd'],
                      ['--threshold', '-1', '--compare', 'A', 'B']):
            got = volley(*words, cwd=self.folder)
            self.assertEqual(got.returncode, 2, words)
            self.assertRegex(got.stderr, r'^volley: .*\n$')
        self.assertEqual([file.name for file in self.folder.iterdir()], ['a file'])

    def test_help_documents_the_options_and_the_format(self):
        text = volley('--help').stdout
        for word in ('--quick', '--out', '--compare', '--threshold', '--from', 'schema_version', 'over_ours', 'cpu_share'):
            self.assertIn(word, text)


if __name__ == '__main__':
    unittest.main(verbosity=2)
