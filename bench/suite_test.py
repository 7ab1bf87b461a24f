# SPDX-License-Identifier: MIT
"""Every benchmark runs, under a name that stays; a broken queue fails the run: usage: suite_test.py VOLLEY_BENCH VOLLEY_BENCH_WITH_BROKEN"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BROKEN = sys.argv.pop(2)
PROGRAM = sys.argv.pop(1)
SAYS = {'loses': 'lost elements', 'repeats': 'not what was pushed|out of order|damaged', 'reorders': 'out of order', 'tears': 'damaged',
        'refuses': 'stuck', 'hides': 'too slow'}
NAMES = ['spsc_ring/try_push_pop/8B/1P1C', 'spsc_ring/pair/64B', 'mpmc_ring<N>/try_push_pop_32/256B/2P2C',
         'lockfree_mpmc_ring/try_push_pop/8B/16P16C', 'byte_ring/try_push_pop/8B/1P1C', 'mpsc_byte_ring/try_push_pop/8B/4P1C',
         'broadcast_ring/pair/8B', 'lossy_broadcast_ring/push+pop', 'overwrite_ring/pair/8B', 'channel<spsc_ring>/push_pop/8B/1P1C',
         'channel<mpmc_ring>/push_pop_32/8B/4P4C', 'channel<mpsc_ring>/round_trip/8B', 'mutex+ring/try_push_pop/8B/1P1C',
         'mutex+std::queue/pair/8B', 'spin_lock+ring/pair/8B', 'mutex+condvar/push_pop/8B/1P1C', 'turn/round_trip/spin_park',
         'call_slot/8+8/round_trip/spin_park', 'mutex_condvar/round_trip', 'event_count/notify_one', 'mutex/lock+unlock']


def run(program, *words):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'all.json'
        got = subprocess.run([program, '--benchmark_min_time=0', *(['--patience=3'] if program == BROKEN else []), f'--benchmark_out={file}', *words], capture_output=True, text=True,
                             timeout=900, check=False)
        text = file.read_text() if file.exists() else None
        return got, json.loads(text) if text else text


class Suite(unittest.TestCase):
    def test_every_benchmark_runs_and_is_right(self):
        got, said = run(PROGRAM)
        self.assertEqual(got.returncode, 0, got.stderr)
        rows = said['benchmarks']
        names = [row['run_name'] for row in rows]
        self.assertEqual(len(names), len(set(names)), 'two benchmarks have one name')
        listed = subprocess.run([PROGRAM, '--benchmark_list_tests'], capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertEqual(names, listed.splitlines(), 'the names depend on the run')
        plain = {name.removesuffix('/manual_time') for name in names}
        self.assertEqual([name for name in NAMES if name not in plain], [])
        self.assertEqual([name for name in plain if name.startswith('ck_ring/mpmc/try') and not name.endswith('/1P1C')], [], 'it may take minutes')
        for row in rows:
            self.assertNotIn('error_occurred', row)
            self.assertGreater(row['items_per_second'], 0, row)
            self.assertGreater(row['real_time'], 0, row)
            self.assertTrue(row['label'], row)
            if '/try_push_pop' in row['name'] or '/push_pop' in row['name'] or '/pair/' in row['name']:
                self.assertGreater(row['bytes_per_second'], 0, row)

    def test_what_is_broken_is_told_and_fails_the_run(self):
        for name, why in SAYS.items():
            got, said = run(BROKEN, f'--benchmark_filter=^{name}/try_push_pop/64B/1P1C')
            self.assertEqual(got.returncode, 1, name)
            (row,) = said['benchmarks']
            self.assertTrue(row['error_occurred'])
            self.assertRegex(row['error_message'], why)

    def test_one_thread_sees_it_too_and_the_next_is_measured(self):
        got, said = run(BROKEN, '--benchmark_filter=^(refuses|crashes)/pair/8B')  # a few elements do not make the other one crash
        self.assertEqual(got.returncode, 1)
        failed = {row['run_name']: row.get('error_occurred', False) for row in said['benchmarks']}
        self.assertEqual(failed, {'refuses/pair/8B': True, 'crashes/pair/8B': False})

    def test_what_hangs_is_told_by_name_and_leaves_no_half_a_file(self):
        got, said = run(BROKEN, '--benchmark_filter=^hangs/try_push_pop/8B/1P1C')
        self.assertEqual(got.returncode, 1)
        self.assertIn('hangs/try_push_pop/8B/1P1C: hangs', got.stderr)
        self.assertIsNone(said)

    def test_bad_usage_is_exit_code_2(self):
        for words in (['--sideways'], ['--patience=0'], ['--benchmark_filter=^nobody$']):
            got, _ = run(PROGRAM, *words)
            self.assertEqual(got.returncode, 2, words)
            self.assertEqual(len(got.stderr.strip().splitlines()), 1, got.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
