# SPDX-License-Identifier: MIT
"""What a handoff can do wrong is seen and told, and the rest is measured: usage: broken_handoffs_test.py HANDOFF_DUEL_WITH_BROKEN"""
import json
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)
SAYS = {'hangs': 'hangs', 'crashes': r'crashed \(Aborted\)', 'early': 'before its turn', 'answers_wrong': 'not what was sent'}


def only(*names):
    return [word for name in names for word in ('--only', name)]


def duel(*words, rounds=5):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'all.json'
        limits = ['--patience', '2', '--rounds', str(rounds), '--json', file] if words[0] != 'list' else []
        got = subprocess.run([PROGRAM, *words, *limits], capture_output=True, text=True, timeout=120, check=False)
        return got, json.loads(file.read_text()) if file.exists() else None


class BrokenHandoffs(unittest.TestCase):
    def test_each_is_told_in_its_row_and_the_next_is_measured(self):
        got, said = duel('rtt', '--placement', 'two_cpus', *only(*SAYS, 'sem_t'))
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        rows = {row['name']: row for row in said['rows']}
        self.assertEqual(len(rows['sem_t']['figures']), 1)
        self.assertEqual(rows['sem_t']['rounds'], 5)
        for name, why in SAYS.items():
            self.assertEqual(rows[name]['failed'], name)
            self.assertRegex(rows[name]['why'], why)
            self.assertEqual(rows[name]['figures'], [])

    def test_a_rival_that_fails_is_blamed_beside_ours(self):
        got, said = duel('rivals', '--placement', 'two_cpus', *only('turn/spin_park / crashes'))
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        self.assertEqual(said['rows'][0]['failed'], 'crashes')

    def test_when_it_is_ours_the_exit_code_says_so(self):
        got, said = duel('rtt', '--placement', 'two_cpus', *only('our_crash/spin_park'))
        self.assertEqual(got.returncode, 1)
        self.assertEqual(said['rows'][0]['failed'], 'our_crash/spin_park')
        self.assertFalse(said['rows'][0]['fine'])

    def test_a_crowd_and_a_cadence_that_go_wrong_are_told_too(self):
        for words in (['crowd', '--placement', 'two_cpus'], ['cadence']):
            got, said = duel(*words, *only('our_crash'))
            self.assertEqual(got.returncode, 1, got.stdout + got.stderr)
            self.assertRegex(said['rows'][0]['why'], 'crashed')

    def test_each_measure_measures(self):
        for words in (['rtt', *only('turn/busy_spin')], ['rtt', '--parties', 'processes', *only('turn/busy_spin')],
                      ['cost', *only('mutex/lock+unlock')], ['crowd', *only('turn/spin_yield')],
                      ['rivals', '--placement', 'one_cpu', *only('turn/park / sem_t')],
                      ['cadence', *only('turn every 1 us', 'turn every 1 ms')]):
            _, said = duel(*words)  # the exit code is the machine's affair: some of these have a bar
            self.assertTrue(said['rows'])
            for row in said['rows']:
                self.assertNotIn('why', row)
                self.assertEqual(row['rounds'], 5)
                for figure in row['figures']:
                    self.assertTrue(0 < figure['p25'] <= figure['p50'] <= figure['p75'], row)

    def test_bad_usage_is_one_line_and_exit_code_2(self):
        for words in (['rtt', '--only', 'nobody'], ['sideways'], ['rtt', '--placement', 'nowhere'], ['rtt', '--cpus', '0,0'],
                      ['cost', '--parties', 'processes'], ['rtt', '--rounds', '0'], ['rtt', '--only', 'turn/busy_spin', '--placement', 'one_cpu']):
            got = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(got.returncode, 2, words)
            self.assertEqual(len(got.stderr.splitlines()), 1, got.stderr)

    def test_help_and_list_name_what_there_is(self):
        self.assertIn('cadence', subprocess.run([PROGRAM, '--help'], capture_output=True, text=True, timeout=60, check=True).stdout)
        self.assertIn('turn/spin_park', duel('list')[0].stdout)

    def test_stopping_it_leaves_nothing_half_written(self):
        with tempfile.TemporaryDirectory() as folder:
            with subprocess.Popen([PROGRAM, 'rivals', '--json', Path(folder) / 'all.json'], stdout=subprocess.DEVNULL) as running:
                time.sleep(0.5)
                running.send_signal(signal.SIGINT)
                self.assertEqual(running.wait(10), 128 + signal.SIGINT)
            self.assertEqual(list(Path(folder).iterdir()), [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
