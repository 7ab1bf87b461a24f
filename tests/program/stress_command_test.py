# SPDX-License-Identifier: MIT
"""`volley stress` from outside: usage: stress_command_test.py VOLLEY [CLASS]...

Each run is cut short by --seconds: then every structure still has one round.
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
CHANNELS = ('channel', 'byte_channel', 'pollable', 'waitable', 'coroutine')
SHORT = ('--seconds', '0.1', '--threads', '3')


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def stress(self, *words):
        return subprocess.run([VOLLEY, 'stress', *words], capture_output=True, text=True, timeout=300, check=False,
                              cwd=self.folder)

    def names(self, *words):
        done = self.stress('--list', *words)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout.split()

    def written(self):
        self.assertEqual(os.listdir(self.folder), ['out.json'])
        with open(os.path.join(self.folder, 'out.json'), encoding='utf-8') as file:
            return json.load(file)


class BadUsage(Case):
    def test_one_line_and_nothing_written(self):
        for words in (['--frobnicate'], ['frobnicate'], ['--only', 'telepathy'], ['--seconds', '0'], ['--seconds', 'long'],
                      ['--seed', 'x'], ['--seed', '-1'], ['--threads', '1'], ['--threads', '9999'], ['--shard', '4/4'],
                      ['--shard', 'first'], ['--patience', '0'], ['--only'], ['--json', 'no/such/folder/out.json'], ['--json', '']):
            done = self.stress(*SHORT, '--json', 'x', *words) if '--json' not in words else self.stress(*SHORT, *words)
            with self.subTest(words=words):
                self.assertEqual((done.returncode, done.stdout), (2, ''), done)
                self.assertRegex(done.stderr, r'\Avolley: [^\n]+\n\Z')
                self.assertIn(words[0].lstrip('-'), done.stderr)
                self.assertEqual(os.listdir(self.folder), [])


class List(Case):
    def test_every_header_of_a_structure_is_there(self):
        include = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../include/volley')
        named = {name.removesuffix('.hpp') for folder in ('ring', 'handoff', 'channel') for name in os.listdir(f'{include}/{folder}')}
        parts = {'back_off', 'broadcast_reader', 'claimed', 'claiming_ring', 'ends', 'evicting_slots', 'gates', 'guards',
                 'index_queue', 'laps', 'record_claims', 'record_ring', 'records', 'shared_slot', 'stamped_claims', 'stamps', 'storage',
                 'event_count_face', 'meeting', 'one_call', 'admission', 'popping_iterator', 'resumption', 'sides', 'suspension',
                 'told_end', 'waiting_ring', 'watched_event'}
        self.assertEqual(set(self.names()), named - parts)

    def test_shards_together_are_all(self):
        every = self.names()
        for count in (2, 5, len(every) + 3):
            shards = [self.names('--shard', f'{i}/{count}') for i in range(count)]
            self.assertEqual({name for shard in shards for name in shard}, set(every))
            if count < len(every):
                self.assertEqual(sum(map(len, shards)), len(every))

    def test_only(self):
        self.assertEqual(self.names('--only', 'turn', '--only', 'spsc_ring'), ['spsc_ring', 'turn'])

    def test_help(self):
        done = self.stress('--help')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        for option in ('--seconds', '--seed', '--only', '--list', '--threads', '--json', '--shard', '--patience'):
            self.assertIn(option, done.stdout)


class Smoke(Case):
    def test_every_structure_has_a_round_and_nothing_is_wrong(self):
        done = self.stress(*SHORT, '--json', 'out.json')
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        report = self.written()
        self.assertEqual((report['verdict'], report['interrupted'], report['threads']), ('ok', False, 3))
        self.assertIn(f'Seed     {report["seed"]:#x}\n', done.stdout)
        self.assertEqual([row['name'] for row in report['structures']], self.names())
        for row in report['structures']:
            with self.subTest(row=row):
                self.assertGreaterEqual(row['rounds'], 1)
                self.assertGreater(row['operations'], 0)
                self.assertEqual((row['verdict'], row['failures']), ('ok', []))
                self.assertRegex(done.stdout, rf'(?m)^{row["name"]} +{row["operations"]} +{row["histories"]} +[0-9.]+  ok$')
        for row in report['structures']:
            has_history = row['name'].endswith('ring') and row['name'] != 'call_ring' or row['name'] in CHANNELS
            self.assertEqual(row['histories'] > 0, has_history, row)

    def test_a_dash_is_standard_output(self):
        done = self.stress(*SHORT, '--only', 'turn', '--seed', '0x2a', '--json', '-')
        self.assertEqual(json.loads(done.stdout)['seed'], 42)
        self.assertIn('nothing wrong was seen', done.stderr)


class Screen(Case):
    def test_progress_is_shown_on_a_terminal_and_cleared(self):
        leader, terminal = pty.openpty()
        subprocess.run([VOLLEY, 'stress', *SHORT, '--only', 'turn'], stdout=subprocess.DEVNULL, stderr=terminal, timeout=60,
                       check=True)
        os.close(terminal)
        text = ''
        with open(leader, encoding='utf-8', newline='') as screen:
            try:
                for character in iter(lambda: screen.read(1), ''):
                    text += character
            except OSError:  # nobody has the terminal any more
                pass
        self.assertRegex(text, re.compile(r'\r\x1b\[K\[\.+\] 1/1 turn; 1 s left.*\r\x1b\[K\Z', re.DOTALL))

    def test_an_interrupt_leaves_a_whole_summary(self):
        for which in (signal.SIGINT, signal.SIGTERM):
            program = subprocess.Popen([VOLLEY, 'stress', '--seconds', '1000', '--json', 'out.json'], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, cwd=self.folder)
            time.sleep(0.5)
            program.send_signal(which)
            said, errors = program.communicate(timeout=60)
            self.assertEqual((program.returncode, errors), (130, ''), said)
            self.assertRegex(said, r'\nInterrupted\. \d+ operations on \d+ structures in [0-9.]+ s: nothing wrong was seen\n\Z')
            report = self.written()
            self.assertTrue(report['interrupted'])
            self.assertEqual([row['name'] for row in report['structures']], self.names())


if __name__ == '__main__':
    unittest.main()
