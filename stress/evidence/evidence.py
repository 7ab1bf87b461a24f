#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what a run of the tests has shown, structure by structure: usage: evidence.py ROOT BUILD_DIR

Reads the records that the tests wrote into BUILD_DIR/evidence/records (VOLLEY_RECORDS), the log of meson, and what `volley stress` wrote: of this run
BUILD_DIR/evidence/stress.json, of the legs with a sanitizer BUILD_DIR/legs/LEG/stress.json, unless a header or src/stress is newer than it. Writes
BUILD_DIR/evidence/evidence.md and evidence.json. No number is from anywhere else. The exit code is 1 where the run shows that something is missing: an order
that survived, or more than 3 of 100 that are only argued for; an atomic operation that was never executed; a mutant that lives; an operation
whose progress nothing has shown; a stress that failed.
"""
import collections
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'tests/lint'), str(HERE.parents[1] / 'tests')]
import structures as known  # noqa: E402
from check_edges import Checker  # noqa: E402
from cpp_source import line_of  # noqa: E402
from tally import count_cases, count_test  # noqa: E402

MOST_ARGUED = 0.03
LEAST_WRONG = 40
NOT_IN_MODEL = {('wait/seat.hpp', 'budget_', 'store')}  # no spin lasts in the model, so that none is learnt; it is advice
SANITIZERS = {'none': 'min without', 'thread': 'min ThreadSanitizer', 'address,undefined': 'min AddressSanitizer and UBSan'}
MODES = ('random', 'random, stores held back', 'bounded', 'full')
IN_MODEL = ('ring/', 'wait/', 'handoff/', 'channel/', 'env/words.hpp', 'env/stamped_words.hpp')


def read_records(folder):
    return [json.loads(line) for path in sorted(folder.glob('*.jsonl')) for line in path.read_text(encoding='utf-8').splitlines()]


def name_of(record):
    """Suite.Test/type of a record: gtest's own order is Suite/type.Test."""
    suite, _, kind = record['suite'].partition('/')
    return f'{suite}.{record["test"]}' + (f'/{kind}' if kind else '')


def mode_of(search):
    if search.startswith('at most'):
        return 'bounded'
    return 'full' if search.startswith('full') else search


class Evidence:
    def __init__(self, root, build):
        self.root, self.build = root, build
        self.records = [r for r in read_records(build / 'evidence/records') if not r.get('header', '').startswith('stress/')]
        self.by_kind = collections.defaultdict(list)
        for record in self.records:
            self.by_kind[record['kind']].append(record)
        self.by_kind['mutant'] = list({r['name']: r for r in self.by_kind['mutant']}.values())
        self.structures = known.load()
        self.missing = []

    def orders_of(self, headers):
        """Each order once, though several tests may have weakened it: it is caught if one of them caught it."""
        best = {}
        for r in self.by_kind['weakened']:
            if r['header'].removeprefix('volley/') in headers:
                key = (r['header'].removeprefix('volley/'), r['line'], r['operation'], r['as'])
                if key not in best or r['end'] == 'caught':
                    best[key] = r
        return [best[key] for key in sorted(best)]

    def structure(self, name, about):
        headers = known.headers_of(self.root, about['header'])
        mine = [r for r in self.records if r.get('suite', '').split('/')[0] in about['suites']]
        orders = self.orders_of(headers)
        mutants = [r for r in self.by_kind['mutant'] if r['header'] in headers]
        executions = collections.Counter()
        for r in mine:
            if r['kind'] == 'explored':
                executions[mode_of(r['search'])] += r['executions']
        wrong = {name_of(r) for r in mine if r['kind'] == 'caught' and 'MustFail' in r['suite']}
        return {'name': name, 'header': about['header'], 'executions': {mode: executions[mode] for mode in MODES},
                'orders': len(orders), 'orders caught': sum(r['end'] == 'caught' for r in orders),
                'orders argued': sum(r['end'] == 'argued for' for r in orders),
                'mutants': len(mutants), 'mutants killed': sum(bool(r['by']) for r in mutants),
                'wrong ones caught': len(wrong),
                'operations': [self.operation(name, op, *row) for op, row in about['progress'].items()]}

    def operation(self, structure, operation, which, *shown):
        def of(kind):
            return [r for r in self.by_kind[kind] if name_of(r) in shown or name_of(r).split('/')[0] in shown]
        frozen, waited = of('frozen'), of('waited')
        if which in known.GO_ON and not sum(r['executions'] for r in frozen):
            self.missing.append(f'{structure}.{operation} is called {which}, and nothing was stopped beside it')
        if which in known.HELD_UP and not waited:
            self.missing.append(f'{structure}.{operation} is said to be held up, and nothing has shown it')
        return {'operation': operation, 'class': which, 'freeze points': sum(r['steps'] for r in frozen),
                'stopped executions': sum(r['executions'] for r in frozen),
                'held up from step': min((r['step'] for r in waited), default=None), 'tests': shown}

    def never_executed(self):
        reached = {(r['file'].split('include/volley/')[1], r['line']) for r in self.by_kind['reached']}
        checker = Checker(self.root)
        checker.run()
        for path, source in sorted(checker.sources.items()):
            if not source.where.startswith(IN_MODEL):
                continue
            for op in source.ops:
                lines = range(line_of(source.code, op.offset), line_of(source.code, op.end) + 1)
                told = (source.where, op.receiver, op.what) in NOT_IN_MODEL
                if op.what != 'fence' and not told and not any((source.where, line) in reached for line in lines):
                    yield f'{source.where}:{op.line}: {op.what}'

    def suites(self):
        """What meson ran: suite -> cases passed, failed, seconds."""
        described = json.loads((self.build / 'meson-info/intro-tests.json').read_text(encoding='utf-8'))
        protocol = {tuple(test['cmd']): (test['protocol'], test['suite'][0].split(':')[-1]) for test in described}
        totals = collections.defaultdict(lambda: [0, 0, 0.0])
        log = self.build / 'meson-logs/testlog.json'
        for line in log.read_text(encoding='utf-8').splitlines() if log.exists() else ():
            test = json.loads(line)
            how, suite = protocol.get(tuple(test['command'] or ()), ('exitcode', '?'))
            counts = count_cases(test['result'], test['stdout'] or '') if how == 'gtest' else count_test(test['result'])
            if suite == 'race':
                suite += ', ThreadSanitizer' if 'thread' in test['name'] else ''
            for i, n in enumerate((counts[0], counts[1], test['duration'])):
                totals[suite][i] += n
        return {suite: {'passed': p, 'failed': f, 'seconds': round(s, 1)} for suite, (p, f, s) in sorted(totals.items())}

    def stress(self):
        """Structure -> sanitizer -> operations, those checked in histories, seconds; of the runs of these very sources."""
        sources = [path for folder in ('include', 'src/stress') for path in (self.root / folder).rglob('*') if path.is_file()]
        newest = max((path.stat().st_mtime for path in sources), default=0)
        runs = [self.build / 'evidence/stress.json', *sorted((self.build / 'legs').glob('*/stress.json'))]
        totals = collections.defaultdict(lambda: collections.defaultdict(lambda: {'operations': 0, 'recorded': 0, 'seconds': 0.0}))
        for path in (path for path in runs if path.exists() and path.stat().st_mtime >= newest):
            run = json.loads(path.read_text(encoding='utf-8'))
            for row in run['structures']:
                for what, n in (into := totals[row['name']][run['sanitizer']]).items():
                    into[what] = n + row[what]
                if row['verdict'] not in ('ok', 'not run'):
                    self.missing.append(f'stress, sanitizer {run["sanitizer"]}: {row["name"]} {row["verdict"]}')
        return totals

    def gather(self):
        structures = [self.structure(name, about) for name, about in self.structures.items()]
        orders = self.orders_of({r['header'].removeprefix('volley/') for r in self.by_kind['weakened']})
        caught = sum(r['end'] == 'caught' for r in orders)
        argued = [r for r in orders if r['end'] == 'argued for']
        alive = [r['name'] for r in self.by_kind['mutant'] if not r['by']]
        unreached = list(self.never_executed())
        if not orders:
            self.missing.append('no order was weakened')
        if caught + len(argued) != len(orders):
            self.missing.append(f'{len(orders) - caught - len(argued)} orders survived')
        if len(argued) > MOST_ARGUED * len(orders):
            self.missing.append(f'{len(argued)} of {len(orders)} orders are only argued for')
        wrong = sorted({name_of(r) for r in self.by_kind['caught'] if 'MustFail' in r['suite']})
        if len(wrong) < LEAST_WRONG:
            self.missing.append(f'only {len(wrong)} wrong algorithms were caught')
        self.missing += [f'mutant lives: {name}' for name in alive] + [f'never executed: {place}' for place in unreached]
        return {'date': datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds'),
                'machine': f'{platform.machine()}, {platform.system()} {platform.release()}, {os.cpu_count()} CPUs',
                'compiler': self.said_by('c++', '--version'), 'commit': self.said_by('git', 'rev-parse', 'HEAD') or 'none',
                'salt': os.environ.get('VOLLEY_SALT', '0'), 'structures': structures,
                'executions': sum(r['executions'] for r in self.by_kind['explored']),
                'orders': len(orders), 'orders caught': caught, 'orders argued': len(argued), 'survivors': argued,
                'order sites': orders, 'mutants': self.by_kind['mutant'], 'never executed': unreached,
                'wrong ones caught': wrong, 'stress': self.stress(),
                'suites': self.suites(), 'missing': self.missing}

    def said_by(self, *command):
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return done.stdout.split('\n')[0] if done.returncode == 0 else ''


def table(head, rows):
    lines = ['| ' + ' | '.join(str(cell) for cell in row) + ' |' for row in (head, ['---'] * len(head), *rows)]
    return '\n'.join(lines)


def killed(all_of_them, dead):
    return f'{dead} / {all_of_them}' if all_of_them else '-'


def stressed(e):
    """A row for each structure; where there was no run the cell says so."""
    for name, ways in e['stress'].items():
        minutes = [f'{ways[way]["seconds"] / 60:.2f}' if way in ways else 'no run' for way in SANITIZERS]
        yield [name, *(f'{sum(way[what] for way in ways.values()):,}' for what in ('operations', 'recorded')), *minutes]


def markdown(e):
    per_structure = [[s['name'], *(f'{s["executions"][mode]:,}' for mode in MODES), killed(s['orders'], s['orders caught']),
                      s['orders argued'], killed(s['mutants'], s['mutants killed']), s['wrong ones caught']]
                     for s in e['structures']]
    per_operation = [[s['name'], o['operation'], o['class'], o['freeze points'] or '-', f'{o["stopped executions"]:,}',
                      o['held up from step'] or '-'] for s in e['structures'] for o in s['operations']]
    per_header = collections.defaultdict(list)
    for r in e['order sites']:
        per_header[r['header'].removeprefix('volley/')].append(r)
    orders = [[header, len(all_of), sum(r['end'] == 'caught' for r in all_of), sum(r['end'] == 'argued for' for r in all_of),
               ', '.join(sorted({r['function'] for r in all_of}))] for header, all_of in sorted(per_header.items())]
    survivors = [[r['header'], r['function'], f'{r["operation"]} {r["order"]} as {r["as"]}', r['why']] for r in e['survivors']]
    mutants = [[r['name'], r['header'], r['by'] or 'LIVES', r['seconds']] for r in e['mutants']]
    suites = [[suite, n['passed'], n['failed'], n['seconds']] for suite, n in e['suites'].items()]
    parts = [
        '# What one run has shown', f'{e["date"]}, commit {e["commit"]}, {e["compiler"]}, {e["machine"]}, salt {e["salt"]}. Written by '
        '`./volley test --evidence`; each number is from that run.',
        f'{e["executions"]:,} executions explored. Orders weakened: {e["orders"]}, of which {e["orders caught"]} were caught and '
        f'{e["orders argued"]} are argued for. Logic mutants: {len(e["mutants"])}, of which {sum(bool(m["by"]) for m in e["mutants"])} were '
        f'killed. Wrong algorithms caught: {len(e["wrong ones caught"])} tests. Atomic operations that no test executed: '
        f'{len(e["never executed"])}.',
        '## Structures', 'Executions by the suites of a structure; orders and mutants of its header and of all that it includes.',
        table(['structure', *MODES, 'orders caught', 'argued', 'mutants killed', 'wrong ones caught'], per_structure),
        '## Operations', 'Freeze points: steps before which a thread was stopped for ever, the others then being shown to go on. Held up from '
        'step: the first before which a stopped thread keeps the others from ending.',
        table(['structure', 'operation', 'class', 'freeze points', 'stopped executions', 'held up from step'], per_operation),
        '## Orders', table(['header', 'weakened', 'caught', 'argued', 'in'], orders),
        '## Orders that are argued for', table(['header', 'function', 'order', 'why'], survivors) if survivors else 'None.',
        '## Mistakes put into the headers', table(['mistake', 'header', 'killed by', 's'], mutants) if mutants else 'None in this run.',
        '## Wrong algorithms that were caught', '\n'.join(f'- {name}' for name in e['wrong ones caught']),
        '## Stress', 'Real threads, with each sanitizer the minutes; operations of all of them, and those of which a history was checked.',
        table(['structure', 'operations', 'in histories', *SANITIZERS.values()], stressed(e)) if e['stress'] else 'No run of these sources.',
        '## All suites', table(['suite', 'passed', 'failed', 's'], suites)]
    if e['missing']:
        parts += ['## Missing', '\n'.join(f'- {what}' for what in e['missing'])]
    return '\n\n'.join(parts) + '\n'


def main(arguments):
    root, build = (pathlib.Path(argument).resolve() for argument in arguments)
    evidence = Evidence(root, build).gather()
    folder = build / 'evidence'
    (folder / 'evidence.json').write_text(json.dumps(evidence, indent=1) + '\n', encoding='utf-8')
    (folder / 'evidence.md').write_text(markdown(evidence), encoding='utf-8')
    print(*(f'MISSING {what}' for what in evidence['missing']), sep='\n', end='\n' if evidence['missing'] else '')
    print(f'orders {evidence["orders caught"]} caught, {evidence["orders argued"]} argued, of {evidence["orders"]}; '
          f'mutants {sum(bool(m["by"]) for m in evidence["mutants"])} of {len(evidence["mutants"])}; '
          f'{evidence["executions"]} executions: {folder}/evidence.md')
    return 1 if evidence['missing'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
