#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts one mistake at a time into a shipped header, and sees to it that a test notices.

usage: mutants.py SOURCE_ROOT BUILD_DIR [--quick] [--only WORD]... [--jobs N] [--list]

The mistakes are in the *.toml beside this file, a table each:

    [[mutant]]
    name = "spsc: publish before write"           what is wrong
    header = "ring/claimed.hpp"                   below include/volley
    edits = [['''was''', '''is''']]               each text must be there exactly once, so that the list cannot rot
    test = "stress/model/spsc_ring_model_test.cpp"
    filter = "SpscRingModel.*"                    optional: which of its tests; without it all but those of orders, and those that must fail
    quick = true                                  optional: also with --quick

A mutant is the test compiled as the build does, but at -O0, with the changed header in front of the others. It is killed if a test fails, or
is ended by a signal, and the same test passes when it is compiled in the same way without the mistake. One that does not compile, or runs no
test, is a mistake in the list. Where VOLLEY_RECORDS names a directory, a record of each is written there.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import signal
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
KEYS = {'name', 'header', 'edits', 'test', 'filter', 'quick'}
ALL_THAT_HOLD = '-*Order*IsNeeded:*Orders*AreNeeded:*MustFail*'
SIMPLY = ('-O0', '-w', '-Wno-error')
LONGEST = 900  # seconds a test may take, on a busy machine
FAILED = re.compile(r'\[  FAILED  \] (\w+(?:/\w+)?\.\w+(?:/\w+)?)')
STARTED = re.compile(r'\[ RUN      \] (\S+)')


class Rotten(Exception):
    """The list, and not the test, is wrong."""


def load(folder=HERE):
    """-> the mutants, in the order of their files."""
    mutants = []
    for path in sorted(folder.glob('*.toml')):
        for one in tomllib.loads(path.read_text(encoding='utf-8'))['mutant']:
            if not {'name', 'header', 'edits', 'test'} <= one.keys() <= KEYS:
                raise Rotten(f'{path.name}: {one.get("name", one)}: keys are name, header, edits, test; and filter, quick')
            mutants.append(one)
    names = [one['name'] for one in mutants]
    for name in names:
        if names.count(name) != 1:
            raise Rotten(f'{name}: there are two of that name')
    return mutants


def mutate(text, mutant):
    """-> the text of the header with the mistake in it."""
    for was, now in mutant['edits']:
        if text.count(was) != 1:
            raise Rotten(f'{mutant["name"]}: {text.count(was)} places in {mutant["header"]} read\n{was}')
        text = text.replace(was, now)
    return text


class Bench:
    def __init__(self, root, build):
        self.root, self.build = root, build
        self.commands = {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='mutants-', dir=build))  # two may run at a time
        for entry in json.loads((build / 'compile_commands.json').read_text(encoding='utf-8')):
            source = (pathlib.Path(entry['directory']) / entry['file']).resolve()
            self.commands[source] = shlex.split(entry['command'])
        tests = json.loads((build / 'meson-info/intro-tests.json').read_text(encoding='utf-8'))
        self.environments = {test['cmd'][0]: test['env'] for test in tests if len(test['cmd']) == 1}

    def compile(self, mutant, where):
        """Builds the test with the mistake. -> the program."""
        source = (self.root / mutant['test']).resolve()
        if source not in self.commands:
            raise Rotten(f'{mutant["name"]}: {mutant["test"]} is not built')
        header = where / 'include/volley' / mutant['header']
        header.parent.mkdir(parents=True, exist_ok=True)
        original = self.root / 'include/volley' / mutant['header']
        header.write_text(mutate(original.read_text(encoding='utf-8'), mutant), encoding='utf-8')
        command = self.commands[source]
        first = next(i for i, word in enumerate(command) if word.startswith('-'))
        is_model = mutant['test'].startswith('stress/model/')
        self.run([*command[:first], f'-I{where / "include"}', *command[first:command.index('-o')], '-o', where / 'test.o',
                  '-c', source, '-MF', where / 'test.d', *SIMPLY], mutant)
        linker = [word for word in command if 'ccache' not in word and (word in command[:first] or 'sanitize' in word)]
        engine = [self.build / 'stress/model/libmodel_engine.a'] if is_model else []
        self.run([*linker, '-o', where / 'test', where / 'test.o', *engine, '-lgtest_main', '-lgtest', '-pthread'], mutant)
        return where / 'test'

    def run(self, command, mutant):
        done = subprocess.run(command, cwd=self.build, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Rotten(f'{mutant["name"]}: does not compile\n{done.stderr[-2000:]}')

    def run_tests(self, mutant, program, which):
        """-> exit code, output."""
        command = self.commands[(self.root / mutant['test']).resolve()]
        built = str((self.build / command[command.index('-o') + 1]).parent)[:-len('.p')]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(('GTEST_', 'VOLLEY_', 'TEST_'))}
        environment.update(self.environments.get(built, {}))
        words = [program, '--gtest_fail_fast', '--gtest_color=no', '--gtest_filter=' + which]
        try:
            done = subprocess.run(words, cwd=program.parent, env=environment, capture_output=True, text=True, check=False,
                                  errors='replace', timeout=LONGEST)
            return done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            return -signal.SIGALRM, (late.stdout or b'').decode(errors='replace')

    def control(self, test, killers):
        """Those that killed pass in a program that is compiled in the same way, without a mistake; or Rotten."""
        mutant = {'name': 'without a mistake, ' + pathlib.Path(test).stem, 'test': test, 'header': 'config.hpp', 'edits': []}
        program = self.compile(mutant, self.folder / re.sub(r'\W+', '_', mutant['name']))
        code, output = self.run_tests(mutant, program, ':'.join(killers))
        program.unlink()
        if code or not STARTED.search(output):
            killer = FAILED.search(output)
            raise Rotten(f'{test}: {killer.group(1) if killer else "a test"} fails without a mistake as well')

    def trial(self, mutant):
        """-> the record: by which test it was killed, or None."""
        where = self.folder / re.sub(r'\W+', '_', mutant['name'])
        program = self.compile(mutant, where)
        began = time.monotonic()
        code, output = self.run_tests(mutant, program, mutant.get('filter', ALL_THAT_HOLD))
        killer = FAILED.search(output)
        started = STARTED.findall(output)
        if not started:
            raise Rotten(f'{mutant["name"]}: its filter names no test of {mutant["test"]}')
        by = None if code == 0 else killer.group(1) if killer else started[-1]
        program.unlink()
        return {'kind': 'mutant', 'name': mutant['name'], 'header': mutant['header'], 'by': by, 'test': mutant['test'], 'tests': len(started),
                'seconds': round(time.monotonic() - began, 2), 'signal': -code if code < 0 else 0}


def write_records(records):
    folder = os.environ.get('VOLLEY_RECORDS')
    if folder:
        path = pathlib.Path(folder) / f'mutants-{os.getpid()}.jsonl'
        path.write_text(''.join(json.dumps(record) + '\n' for record in records), encoding='utf-8')


def parse(arguments):
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('root', type=pathlib.Path)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--only', action='append')
    parser.add_argument('--jobs', type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument('--list', action='store_true')
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    mutants = [m for m in load() if (not options.quick or m.get('quick')) and
               (not options.only or any(word in m['name'] for word in options.only))]
    if options.list:
        print(*(m['name'] for m in mutants), sep='\n')
        return 0
    if not mutants:
        print('no mutant has such a name')
        return 1
    bench, records, wrong = Bench(options.root.resolve(), options.build.resolve()), [], []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        trials = [pool.submit(bench.trial, mutant) for mutant in mutants]
        for trial in concurrent.futures.as_completed(trials):
            try:
                records.append(trial.result())
            except Rotten as why:
                wrong.append(str(why))
                print(f'WRONG    {why}', flush=True)
                continue
            record = records[-1]
            told = f'killed by {record["by"]}, {record["seconds"]} s' if record['by'] else 'SURVIVED'
            print(f'{record["name"]} ({record["header"]}): {told}', flush=True)
        killers = {}
        for record in records:
            if record['by']:
                killers.setdefault(record['test'], set()).add(record['by'])
        for control in [pool.submit(bench.control, test, sorted(by)) for test, by in killers.items()]:
            try:
                control.result()
            except Rotten as why:
                wrong.append(str(why))
                print(f'WRONG    {why}', flush=True)
    shutil.rmtree(bench.folder)
    records.sort(key=lambda record: (record['header'], record['name']))
    write_records(records)
    alive = [record['name'] for record in records if not record['by']]
    print(f'{len(records) - len(alive)} of {len(mutants)} mutants killed, {len(alive)} survived, {len(wrong)} wrong in the list')
    return 1 if alive or wrong else 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except Rotten as error:
        print(error)
        sys.exit(1)
