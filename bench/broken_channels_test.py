# SPDX-License-Identifier: MIT
"""What a queue that waits can do wrong is seen and told, and the rest is measured: usage: broken_channels_test.py CHANNEL_DUEL_WITH_BROKEN"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)
WRONG = 'not what was|damaged|out of order'
SAYS = {'forgets': 'hangs', 'garbles': WRONG, 'aborts': r'crashed \(Aborted\)'}
MUTEX = 'channel<spsc_ring> {} / mutex+condvar'


def only(*names):
    return [word for name in names for word in ('--only', name)]


def duel(*words):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'all.json'
        got = subprocess.run([PROGRAM, *words, '--patience', '2', '--rounds', '3', '--json', file], capture_output=True, text=True,
                             timeout=120, check=False)
        return got, json.loads(file.read_text()) if file.exists() else None


class BrokenChannels(unittest.TestCase):
    def test_each_is_told_in_its_row_and_the_next_is_measured(self):
        for table, how in (('throughput', '1P1C'), ('latency', '10 us')):
            names = [f'channel<spsc_ring> {how} / {name}' for name in SAYS]
            _, said = duel(table, *only(*names, MUTEX.format(how)))
            rows = {row['other']: row for row in said['rows']}
            self.assertEqual(rows['mutex+condvar']['rounds'], 3)
            self.assertNotIn('why', rows['mutex+condvar'])
            for name, why in SAYS.items():
                self.assertEqual(rows[name]['failed'], name)
                self.assertRegex(rows[name]['why'], why)
                self.assertNotIn('figure', rows[name])
                self.assertTrue(rows[name]['fine'])

    def test_when_it_is_ours_the_exit_code_says_so(self):
        for table, how in (('throughput', '2P2C'), ('latency', '10 us')):
            got, said = duel(table, *only(f'channel<garbles> {how} / mutex+condvar'))
            self.assertEqual(got.returncode, 1, got.stdout + got.stderr)
            self.assertEqual(said['rows'][0]['failed'], 'channel<garbles>')
            self.assertRegex(said['rows'][0]['why'], WRONG)
            self.assertFalse(said['rows'][0]['fine'])

    def test_each_measure_measures(self):
        for words in (['bare', *only('channel<spsc_ring> 1P1C / spsc_ring')], ['throughput', *only(MUTEX.format('1P1C'))],
                      ['latency', *only(MUTEX.format('1 ms'))], ['idle', '--idle', '1', *only(MUTEX.format('1 s'))],
                      ['crowd', *only('channel<spsc_ring> 8x1P1C / 1P1C', 'channel<mpmc_ring> 8P8C / mutex+condvar')]):
            got, said = duel(*words)  # the exit code is the machine's affair: each has a bar
            self.assertTrue(said['rows'])
            for row in said['rows']:
                self.assertNotIn('why', row)
                self.assertEqual(row['rounds'], 3)
                figure = row['figure']
                self.assertTrue(0 < figure['p25'] <= figure['p50'] <= figure['p75'], row)
                held = figure['p50'] >= figure.get('at_least', 0) and figure['p50'] <= figure.get('at_most', figure['p50'])
                self.assertEqual(row['fine'], held)
            self.assertEqual(got.returncode, 0 if all(row['fine'] for row in said['rows']) else 1)

    def test_bad_usage_is_one_line_and_exit_code_2(self):
        for words in (['bare', '--only', 'nobody'], ['sideways'], ['latency', '--cpus', '0,0'], ['idle', '--idle', '0'], ['bare', '--rounds', '0']):
            got = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(got.returncode, 2, words)
            self.assertEqual(len(got.stderr.splitlines()), 1, got.stderr)

    def test_list_says_what_each_promises(self):
        listed = subprocess.run([PROGRAM, 'list'], capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertRegex(listed, r'channel<mpmc_ring> +ours +nPnC .*one FIFO for all; bounded')
        self.assertRegex(listed, r'mutex\+condvar +baseline .*locked; waits inside')


if __name__ == '__main__':
    unittest.main(verbosity=2)
