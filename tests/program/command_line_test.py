# SPDX-License-Identifier: MIT
"""The program from outside: usage: command_line_test.py VOLLEY [CLASS]...

Nothing here depends on how fast anything is: runs are cut short by --only and --seconds.
"""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

VOLLEY = os.path.abspath(sys.argv.pop(1))
ROW = {'name', 'kind', 'wait', 'parties', 'placement', 'rtt_ns', 'ratio', 'cpu_s_per_million', 'switches_per_rtt',
       'samples'}
SHORT = ('pingpong', '--seconds', '3', '--placement', 'unpinned')


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def volley(self, *words, **how):
        return subprocess.run([VOLLEY, *words], capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.folder, **how)

    def short_json(self, *words):
        done = self.volley(*SHORT, *words, '--json', 'out.json')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(os.listdir(self.folder), ['out.json'])
        with open(os.path.join(self.folder, 'out.json'), encoding='utf-8') as file:
            return json.load(file)


class BadUsage(Case):
    def refused(self, *words, tells):
        done = self.volley(*words)
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(done.stdout, '')
        self.assertRegex(done.stderr, r'\Avolley: [^\n]+\n\Z')
        for text in tells:
            self.assertIn(text, done.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_there_is_not(self):
        self.refused(tells=['pingpong'])
        self.refused('frobnicate', tells=['frobnicate'])
        self.refused('--frobnicate', tells=['--frobnicate'])
        self.refused('pingpong', '--frobnicate', tells=['--frobnicate', 'volley pingpong --help'])
        self.refused('pingpong', 'frobnicate', tells=['frobnicate'])
        self.refused('info', '--frobnicate', tells=['--frobnicate'])
        self.refused('pingpong', '--only', 'telepathy', '--json', 'x', tells=['telepathy'])

    def test_values_out_of_range(self):
        for value in ('0', '-1', 'many', '1.5', '99999999999'):
            self.refused('pingpong', '--capacity', value, '--json', 'x', tells=['--capacity', value])
        for value in ('0', '-3', 'long'):
            self.refused('pingpong', '--seconds', value, tells=['--seconds'])
        for value in ('0us', '100', 'us', '-1ms', '2s', '1e9s', '1 us', 'nan ms'):
            self.refused('pingpong', f'--every={value}', '--json', 'x', tells=['--every', value])
        for value in ('7', '0', '-8', '512', 'much', ''):
            self.refused('pingpong', f'--payload={value}', '--json', 'x', tells=['--payload', value])
        for value in ('0', '-1', '65', 'many'):
            self.refused('pingpong', f'--pairs={value}', '--json', 'x', tells=['--pairs', value])
        self.refused('pingpong', '--pairs', '2', '--every', '1ms', tells=['--every', '--pairs', 'a CPU'])
        self.refused('pingpong', '--parties', 'lawyers', tells=['--parties', 'lawyers', 'threads'])
        self.refused('pingpong', '--placement', 'moon', tells=['--placement', 'moon', 'one_cpu'])
        self.refused('pingpong', '--capacity', tells=['--capacity'])

    def test_cpus_that_are_not_there(self):
        here = sorted(os.sched_getaffinity(0))[0]
        self.refused('pingpong', '--cpus', f'{here},98765', '--json', 'x', tells=['98765', 'no CPU'])
        for value in (f'{here}', f'{here},{here}', 'a,b', f'{here},', '-1,0', '0,1,2', ''):
            self.refused('pingpong', f'--cpus={value}', tells=['--cpus'])

    def test_files_that_cannot_be_written(self):
        for value in ('no/such/folder/out.json', self.folder, ''):
            self.refused('pingpong', '--json', value, tells=['--json'])
            self.refused('info', '--json', value, tells=['--json'])

    @unittest.skipIf(os.getuid() == 0, 'root may write anywhere')
    def test_a_folder_without_the_right_to_write(self):
        os.chmod(self.folder, 0o500)
        self.refused('pingpong', '--json', 'out.json', tells=['Permission denied'])


class Json(Case):
    def test_it_has_every_key_and_every_kind_of_row(self):
        wanted = ('F_yield', 'turn', 'spsc_ring', 'sem_t', 'thread', 'process', 'atomic_wait', 'python_lock')
        report = self.short_json(*(word for name in wanted for word in ('--only', name)))
        keys = {'version', 'machine', 'quick', 'overhead_ns', 'seconds', 'verdict', 'rows'}
        self.assertLessEqual(keys, report.keys())
        self.assertLessEqual({'cpu', 'kernel', 'cpus_usable', 'cgroup_quota', 'placement'}, report['machine'].keys())
        self.assertEqual({row['name'] for row in report['rows']}, set(wanted))
        self.assertEqual({row['kind'] for row in report['rows']}, {'floor', 'volley', 'baseline', 'creation'})
        for row in report['rows']:
            with self.subTest(row=row):
                self.check_row(row)

    def test_paced_trips_are_due_every_so_often_and_need_a_cpu_each(self):
        report = self.short_json('--every', '50us', '--parties', 'threads', '--only', 'turn/spin_park')
        self.assertEqual(report['every_ns'], 50_000)
        self.assertEqual((report['rows'][0]['reason'], report['rows'][0]['samples'] % 200), (None, 0))
        report = self.short_json('--every', '50us', '--parties', 'threads', '--only', 'thread')
        self.assertEqual(report['rows'][0]['reason'], 'goes back to back only')
        done = self.volley('pingpong', '--seconds', '3', '--placement', 'one_cpu', '--every', '50us', '--only', 'turn/spin_park')
        self.assertIn('paced, each side needs a CPU', done.stdout)

    def test_a_payload_goes_over_with_each_hop_of_what_carries_one(self):
        for size in (8, 64, 256):
            names = (word for name in ('turn/park', 'spsc_ring/spin_yield', 'pipe', 'thread') for word in ('--only', name))
            report = self.short_json('--payload', str(size), '--parties', 'threads', *names)
            self.assertEqual(report['payload_bytes'], size)
            self.assertEqual({row['name']: row['reason'] for row in report['rows']},
                             {'turn': None, 'spsc_ring': None, 'pipe': None, 'thread': 'carries no payload'})
            for row in report['rows']:
                self.check_row(row)
        done = self.volley('pingpong', '--seconds', '3', '--placement', 'one_cpu', '--payload', '64', '--only', 'turn/park')
        self.assertIn('carries 64 bytes', done.stdout)
        self.assertEqual(self.short_json('--only', 'turn/park')['payload_bytes'], 0)

    def test_several_pairs_share_the_cpus(self):
        names = (word for name in ('turn', 'mutex_condvar', 'F_line1', 'python_lock', 'thread') for word in ('--only', name))
        report = self.short_json('--pairs', '3', *names)
        self.assertEqual(report['pairs'], 3)
        for row in report['rows']:
            self.check_row(row)
            name = (row['name'], row['wait'])
            if row['parties'] == 'processes':
                self.assertTrue(row['reason'])
            elif name in (('F_line1', None), ('turn', 'busy_spin')):
                self.assertIn('time slice', row['reason'])
            elif name in (('python_lock', None), ('thread', None)):
                self.assertEqual(row['reason'], 'one at a time only')
            else:
                self.assertIsNone(row['reason'], row)
                self.assertIn(row['ratio']['floor'], ('F_futex', 'F_yield'))
        done = self.volley('pingpong', '--seconds', '3', '--placement', 'two_cpus', '--pairs', '3', '--payload', '8', '--only', 'turn/park')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('3 pairs at once', done.stdout)

    def check_row(self, row):
        self.assertLessEqual(ROW | {'reason'}, row.keys())
        self.assertEqual(row['rtt_ns'].keys(), {'p25', 'p50', 'p90', 'p99', 'p999', 'max'})
        self.assertEqual(row['ratio'].keys(), {'floor', 'p25', 'p50', 'p75'})
        self.assertIn(row['wait'], (None, 'busy_spin', 'spin_yield', 'spin_park', 'park'))
        self.assertEqual(row['wait'] is not None, row['kind'] == 'volley')
        if row['reason']:
            used = {row['cpu_s_per_million'], row['switches_per_rtt']}
            self.assertEqual({*row['rtt_ns'].values(), *row['ratio'].values(), *used, row['samples']}, {None, 0})
            return
        rtt, ratio = row['rtt_ns'], row['ratio']
        known = [rtt[key] for key in ('p25', 'p50', 'p90', 'p99', 'p999', 'max') if rtt[key] is not None]
        self.assertEqual(known, sorted(known))
        self.assertEqual(rtt['p999'] is None, row['samples'] < 10000)
        self.assertTrue(0 < ratio['p25'] <= ratio['p50'] <= ratio['p75'])
        self.assertIn(ratio['floor'], ('F_line1', 'F_line2', 'F_futex', 'F_yield'))
        self.assertGreater(row['samples'], 0)

    def test_std_between_processes_is_null_with_its_reason(self):
        report = self.short_json('--only', 'binary_semaphore', '--only', 'python_event', '--parties', 'processes')
        self.assertEqual([row['rtt_ns']['p50'] for row in report['rows']], [None, None])
        self.assertTrue(all('threads only' in row['reason'] for row in report['rows']))

    def test_rows_that_do_not_fit_in_are_null(self):
        done = self.volley('pingpong', '--seconds', '0.1', '--parties', 'threads', '--placement', 'one_cpu',
                           '--json', 'out.json')
        self.assertEqual(done.returncode, 0)
        with open(os.path.join(self.folder, 'out.json'), encoding='utf-8') as file:
            rows = json.load(file)['rows']
        self.assertEqual(rows[-1]['reason'], 'out of time')
        self.check_row(rows[-1])

    def test_a_dash_is_standard_output_and_the_tables_go_elsewhere(self):
        done = self.volley(*SHORT, '--only', 'pipe', '--json', '-')
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout)['rows'][0]['name'], 'pipe')
        self.assertIn('Two threads', done.stderr)

    def test_without_python_its_rows_give_the_reason(self):
        done = self.volley(*SHORT, '--only', 'python_lock', '--json', '-', env={**os.environ, 'PATH': self.folder})
        rows = json.loads(done.stdout)['rows']
        self.assertIn('no python3', rows[0]['reason'])

    def test_any_capacity_works(self):
        for capacity in ('1', '3', '1024', '1048576'):
            report = self.short_json('--only', 'spsc_ring', '--capacity', capacity, '--parties', 'processes')
            reasons = [row['reason'] for row in report['rows']]
            self.assertIn(None, reasons)  # a busy machine may leave no time for all
            self.assertLessEqual(set(reasons), {None, 'out of time'})

    def test_info_writes_the_machine(self):
        done = self.volley('info', '--json', '-')
        self.assertIn('kernel', json.loads(done.stdout)['machine'])


class Endings(Case):
    def start(self, *words):
        """Starts it where it will measure for a while; returns when it has its draft and its child."""
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(which, signal.SIG_DFL)  # what is ignored here, as below nohup, is ignored by the program too
        command = [VOLLEY, 'pingpong', '--json', 'out.json', '--only', 'turn', '--only', 'python_pipe', *words]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   cwd=self.folder)
        self.addCleanup(program.stderr.close)
        self.addCleanup(program.kill)
        for _ in range(500):
            if os.listdir(self.folder) and self.children_of(program.pid):
                return program
            time.sleep(0.02)
        self.fail('it did not start')

    @staticmethod
    def children_of(pid):
        with open(f'/proc/{pid}/task/{pid}/children', encoding='utf-8') as file:
            return [int(word) for word in file.read().split()]

    def assert_gone(self, pid):
        for _ in range(500):
            try:
                with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
                    if file.read().rsplit(')', 1)[1].split()[0] == 'Z':
                        return
            except FileNotFoundError:
                return
            time.sleep(0.02)
        self.fail(f'process {pid} is still there')

    def test_a_signal_leaves_nothing(self):
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            program = self.start()
            children = self.children_of(program.pid)
            program.send_signal(which)
            self.assertEqual(program.wait(20), 128 + which)
            self.assertEqual(os.listdir(self.folder), [])
            for child in children:
                self.assert_gone(child)

    def test_a_kill_leaves_no_process(self):
        program = self.start()
        children = self.children_of(program.pid)
        program.kill()
        program.wait(20)
        for child in children:
            self.assert_gone(child)

    def test_a_follower_that_dies_is_told(self):
        program = self.start('--parties', 'processes')
        os.kill(self.children_of(program.pid)[0], signal.SIGKILL)
        self.assertEqual(program.wait(20), 1)
        self.assertRegex(program.stderr.read(), r'\Avolley: .+ died\n\Z')
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_reader_that_leaves_ends_it(self):
        program = subprocess.Popen([VOLLEY, *SHORT, '--only', 'pipe', '--json', 'out.json'],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        program.stdout.close()
        self.assertEqual(program.wait(30), 1)
        self.assertRegex(program.stderr.read(), r'\Avolley: [^\n]+\n\Z')
        program.stderr.close()
        self.assertEqual(os.listdir(self.folder), [])


class Screen(Case):
    def test_help_and_version(self):
        for words, tells in ((['--help'], 'pingpong'), (['pingpong', '--help'], '--quick'),
                             (['info', '--help'], '--json'), (['--version'], 'volley '), (['info'], 'Kernel')):
            done = self.volley(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn(tells, done.stdout)

    def test_list_names_the_rows_and_measures_nothing(self):
        done = self.volley('pingpong', '--list')
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stdout.splitlines()), 6)
        self.assertIn('turn/spin_park', done.stdout)

    def test_it_opens_with_the_machine_and_closes_with_a_verdict(self):
        done = self.volley('pingpong', '--seconds', '8', '--placement', 'unpinned', '--only', 'turn/spin_park',
                           '--only', 'mutex_condvar', '--parties', 'threads')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'\ACPU +\S')
        self.assertIn('Two threads wherever the kernel puts them', done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r'volley::turn .* mutex and a condition variable')

    def test_quick_says_what_it_is(self):
        done = self.volley('pingpong', '--quick', '--parties', 'threads', '--placement', 'one_cpu', '--seconds', '2')
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r'Quick: \d+ of the \d+ rows\.\nthreads one_cpu: F_futex')

    def test_progress_is_shown_on_a_terminal_and_cleared(self):
        leader, terminal = pty.openpty()
        subprocess.run([VOLLEY, *SHORT, '--only', 'pipe', '--parties', 'threads'], stdout=subprocess.DEVNULL,
                       stderr=terminal, timeout=60, check=True)
        os.close(terminal)
        text = os.read(leader, 65536).decode()
        os.close(leader)
        self.assertRegex(text, re.compile(r'\r\x1b\[K\[\.+\] 1/1 .*pipe\r\x1b\[K\Z', re.DOTALL))


class OneCpu(Case):
    def test_where_there_is_one_cpu_only(self):
        one = {sorted(os.sched_getaffinity(0))[0]}
        done = self.volley('pingpong', '--seconds', '3', '--parties', 'threads', '--only', 'turn/spin_park',
                           '--only', 'F_line1', '--json', '-', preexec_fn=lambda: os.sched_setaffinity(0, one))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {(row['name'], row['placement']): row for row in json.loads(done.stdout)['rows']}
        self.assertIn('one CPU', rows['turn', 'two_cpus']['reason'])
        self.assertIn('time slice', rows['F_line1', 'unpinned']['reason'])
        for place in ('one_cpu', 'unpinned'):
            self.assertIn(rows['turn', place]['ratio']['floor'], ('F_futex', 'F_yield'))


if __name__ == '__main__':
    unittest.main()
