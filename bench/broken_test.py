# SPDX-License-Identifier: MIT
"""The referee sees each thing that a rival can do wrong, says so, and goes on: usage: broken_test.py RING_DUEL_WITH_BROKEN"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)
SAYS = {'loses': 'lost elements', 'repeats': 'not what was pushed|out of order|damaged', 'reorders': 'out of order',
        'tears': 'damaged', 'hangs': 'hangs', 'crashes': r'crashed \(Aborted\)', 'refuses': 'stuck', 'hides': 'too slow'}


def duel(*words):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'all.json'
        got = subprocess.run([PROGRAM, *words, '--patience', '2', '--rounds', '5', '--json', file], capture_output=True,
                             text=True, timeout=120, check=False)
        return got, json.loads(file.read_text()) if file.exists() else None


class BrokenRivals(unittest.TestCase):
    def test_each_is_told_in_its_row_and_the_next_is_measured(self):
        names = [word for name in SAYS for word in ('--rival', name)]
        got, said = duel('throughput', '--payload', '64', '--rival', 'mutex+ring', *names)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        rows = {row['rival']: row for row in said['rows']}
        self.assertEqual(rows['mutex+ring']['ending'], 'measured')
        self.assertEqual(rows['mutex+ring']['rounds'], 5)
        for name, why in SAYS.items():
            self.assertEqual(rows[name]['ending'], 'rival failed', rows[name])
            self.assertRegex(rows[name]['why'], why)

    def test_when_it_is_ours_the_exit_code_says_so(self):
        got, said = duel('throughput', '--payload', '64', '--ours', 'loses', '--rival', 'mutex+ring')
        self.assertEqual(got.returncode, 1)
        self.assertEqual(said['rows'][0]['ending'], 'ours failed')

    def test_a_round_trip_that_never_ends_is_told_too(self):
        got, said = duel('rtt', '--payload', '8', '--rival', 'refuses')
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        self.assertEqual(said['rows'][0]['ending'], 'rival failed')

    def test_bad_usage_is_one_line_and_exit_code_2(self):
        for words in (['throughput', '--shape', '0P1C'], ['throughput', '--rival', 'nobody'], ['sideways'],
                      ['throughput', '--ours', 'spsc_ring', '--shape', '2P2C'], ['throughput', '--batch', '7']):
            got, _ = duel(*words)
            self.assertEqual(got.returncode, 2, words)
            self.assertEqual(len(got.stderr.splitlines()), 1, got.stderr)

    def test_a_bar_that_is_not_reached_is_exit_code_1(self):
        self.assertEqual(duel('throughput', '--payload', '8', '--rival', 'mutex+ring', '--at-least', '2')[0].returncode, 1)


if __name__ == '__main__':
    unittest.main(verbosity=2)
