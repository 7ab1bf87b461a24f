# SPDX-License-Identifier: MIT
"""Holds true what the headers say about their atomic operations: usage: check_edges.py [ROOT]

Each atomic call names its order and carries a tag, each acquire has its release, each edge stands in the header's table
beside the model test that dies without it. The grammar:

    release      // -> publish: what the other side may now see
    acquire      // <- publish: what this side may now touch
    acq_rel      // <- take, -> publish: both
    seq_cst      // <> sleep: this store, then that load; both sides carry it
    relaxed      // ~ own | init | count | hint(edge) | chain(edge)

A tag stands behind the call or on the lines above its statement. Several orders (the two of a compare_exchange, two
calls in one statement) have as many tags, as they are written, apart by `; ` or by a new line. The table:

    // Edges
    //   publish  push: turn.store -> pop: turn.load  construct before take  dies: SpscRingModel.EveryOrderIsNeeded

A row goes on in lines that are indented deeper. It may name another header (`ring/x.hpp`) that has the other end.
"""
import dataclasses
import re
import sys
from pathlib import Path

from cpp_source import Source, line_of, tests_in

MEANS = {'relaxed': ('~', 'a relaxed operation orders nothing'), 'acquire': ('<-', 'an acquire takes over'),
         'release': ('->', 'a release hands over'), 'acq_rel': ('<- ->', 'an acq_rel takes over and hands over'),
         'seq_cst': ('<>', 'seq_cst pays for a store before a load: name both sides')}
ALLOWED = {'load': 'relaxed acquire seq_cst', 'store': 'relaxed release seq_cst', 'fence': 'seq_cst'}
ORDER = re.compile(r'(?:std::)?(?:memory_order(?:::|_))?(relaxed|consume|acquire|release|acq_rel|seq_cst)')
FORWARDED = re.compile(r'\b(?:order|success|failure)\b')
CALL = re.compile(r'(?:\.|->)\s*(load|store|exchange|fetch_\w+|compare_exchange_\w+)\s*\(|'
                  r'(?:\.|->|::)\s*(\w+_fence)\s*\(')
RECEIVER = re.compile(r'(?:[\w:]+(?:\[[^][]*\]|\([^()]*\))*\s*(?:\.|->)\s*)*\w+(?:\[[^][]*\]|\([^()]*\))*\s*$')
TAG_START = re.compile(r'(?:->|<-|<>|~)')
TAG_BREAK = re.compile(r'(?:;\s*|\n\s*)(?=->|<-|<>|~)')
REASON = re.compile(r'own|init|count|(?:hint|chain)\(([^()]+)\)')
NAME = re.compile(r'[a-z][a-z_]*')
DIES = re.compile(r'\bdies:\s*(\w+\.\w+(?:,\s*\w+\.\w+)*)$')


@dataclasses.dataclass
class Op:
    what: str                                   # load, store, exchange, fetch_*, compare_exchange_*, *_fence
    receiver: str
    line: int
    offset: int
    end: int                                    # of the call: an inner one names its order before the outer one
    orders: list = dataclasses.field(default_factory=list)
    note: tuple = None                          # where its tag comment starts, and its text
    young: bool = False                         # ~ init: not shared yet, or no longer


class Checker:
    def __init__(self, root):
        self.root, self.findings, self.calls = root, [], 0
        self.library = root / 'include' / 'volley'
        paths = sorted(self.library.rglob('*.hpp'))
        self.headers = len(paths)
        for folder, ext in ((root / 'src', '*.hpp'), (root / 'src', '*.cpp')):
            paths += sorted(folder.rglob(ext))
        self.sources = {path: Source(path.read_text(encoding='utf-8')) for path in paths}
        self.tests = tests_in(root)

    def say(self, path, line, message):
        self.findings.append((path.relative_to(self.root).as_posix(), line, message))

    def run(self):
        for path, source in self.sources.items():
            source.where = path.relative_to(self.library).as_posix() if self.library in path.parents else 'src'
            source.marks, source.hints, source.rows = {}, [], {}
            self.table(path, source)
            source.ops = sorted(self.operations(path, source), key=lambda op: op.end)
            self.read_tags(path, source)
        for path, source in self.sources.items():
            self.edges(path, source)
            self.release_sequences(path, source)
        return sorted(self.findings)

    # ---- the operations and their tags -------------------------------------------------------------------------------
    def operations(self, path, source):
        """Yields every atomic call that owes a tag."""
        env, code = source.where.startswith('env/'), source.code
        for match in CALL.finditer(code):
            what, fence = match.group(1) or 'fence', match.group(2)
            if fence and (env or fence.startswith('atomic_')):
                continue
            receiver = RECEIVER.search(code[source.statement(match.start())[0]:match.start()])
            receiver = re.sub(r'\s|^this->', '', receiver.group()) if receiver else ''
            arguments, end = source.arguments(match.end())
            op = Op(what, receiver, line_of(code, match.start(1 if match.group(1) else 2)), match.start(), end)
            op.orders = ['seq_cst'] if fence else [m.group(1) for a in arguments if (m := ORDER.fullmatch(a))]
            if env and not op.orders and any(FORWARDED.search(a) for a in arguments):
                self.calls += 1
                continue
            if not op.orders and source.declares(receiver, 'words', 'cell', 'seqlock', 'exchanger'):
                continue                        # not an atomic: its own header answers for what is inside
            if not op.orders and source.where == 'src' and not source.declares(receiver, 'atomic'):
                continue                        # programs call other things by these names
            self.calls += 1
            wanted = 2 if what.startswith('compare') else 1
            if len(op.orders) != wanted:
                names = 'no order' if not op.orders else f'{len(op.orders)} of its {wanted} orders'
                self.say(path, op.line, f'{what} names {names}: its reader must guess, and gets the most expensive one')
                continue
            for order, kind in zip(op.orders, (what, 'load')):
                if order not in ALLOWED.get(kind, 'relaxed acquire release acq_rel seq_cst').split():
                    self.say(path, op.line, f'{order} is no order for {"a failed " if kind != what else ""}{what}')
            op.note = source.note(match.start(), end, TAG_START)
            yield op

    def read_tags(self, path, source):
        """Reads each tag comment and hands its tags to the orders that it stands for."""
        groups = {}
        for op in source.ops:
            if op.note:
                groups.setdefault(op.note, []).append(op)
            else:
                self.say(path, op.line, f'{op.what}({", ".join(op.orders)}) has no tag: say what it is for')
        for (line, text), ops in groups.items():
            tags = [self.read_tag(path, line, source, part) for part in TAG_BREAK.split(text)]
            orders = [(op, order) for op in ops for order in op.orders]
            if len(tags) != len(orders):
                named = ', '.join(order for _, order in orders)
                self.say(path, ops[0].line, f'{len(orders)} orders ({named}) but {len(tags)} tags: one each')
                continue
            if any(t and '~' not in t for t in tags) and ':' not in text:
                self.say(path, line, 'the tag names an edge but not what it makes visible: add ": ..."')
            for (op, order), marks in zip(orders, tags):
                need, why = MEANS.get(order, (' '.join(marks), ''))
                if marks and marks != set(need.split()) and not (order == 'seq_cst' and '<>' in marks):
                    self.say(path, op.line, f'{order} is tagged "{" ".join(sorted(marks))}", not "{need}": {why}')
                op.young = op.young or '~ init' in text

    def read_tag(self, path, line, source, text):
        """Returns the marks of one tag, and notes the edges that it names; an empty set if it cannot be read."""
        head = ' '.join(text.split(':')[0].split())
        if head.startswith('~'):
            reason = REASON.fullmatch(head[1:].strip())
            if not reason:
                self.say(path, line, f'"{head}" is no reason: ~ own | init | count | hint(edge) | chain(edge)')
                return set()
            source.hints += [(line, name.strip()) for name in (reason.group(1) or '').split(',') if name.strip()]
            return {'~'}
        ends = [re.fullmatch(r'(->|<-|<>) ?(\S+)', part.strip()) for part in head.split(',')]
        if not all(ends):
            self.say(path, line, f'"{head}" cannot be read: an arrow and a name each, apart by commas, then ": text"')
            return set()
        for mark, name in (end.groups() for end in ends):
            if not NAME.fullmatch(name):
                self.say(path, line, f'edge "{name}" is no lower-case word: names come from the domain, never digits')
            source.marks.setdefault(name, []).append((mark, line))
        return {end.group(1) for end in ends}

    # ---- the table and the edges -------------------------------------------------------------------------------------
    def table(self, path, source):
        """Reads the rows below `// Edges`; a row that is indented deeper than the first goes on with the one above."""
        rows, indent = [], None
        for number, line in enumerate(source.lines, 1):
            row = re.fullmatch(r'//( +)(\S.*?)\s*', line)
            if line.strip() == '// Edges':
                indent = 0
            elif indent is None or not row:
                indent = None
            elif not indent or len(row.group(1)) <= indent:
                indent = indent or len(row.group(1))
                rows.append([number, row.group(2)])
            else:
                rows[-1][1] += ' ' + row.group(2)
        for line, text in rows:
            name, dies = text.split()[0], DIES.search(text)
            if name in source.rows:
                self.say(path, line, f'edge {name} has a second row')
            source.rows[name] = (line, text, self.named_headers(path, line, text))
            if '->' not in text and '<>' not in text:
                self.say(path, line, f'row {name} shows no "->" (release -> acquire) and no "<>" (full fence)')
            if not dies:
                self.say(path, line, f'row {name} does not end in "dies: Suite.Test", the test that dies without it')
            for test in re.split(r',\s*', dies.group(1)) if dies else ():
                if test not in self.tests:
                    self.say(path, line, f'row {name} names {test}, which is no TEST(...) in tests/ or stress/')

    def named_headers(self, path, line, text):
        found = []
        for name in re.findall(r'[\w/]+\.hpp\b', text):
            others = [p for p in self.sources if p != path and p.as_posix().endswith('/' + name)]
            found += others
            if not others:
                self.say(path, line, f'the row names {name}, which is no other header of ours')
        return found

    def edges(self, path, source):
        near = [self.sources[p] for row in source.rows.values() for p in row[2]]
        near += [s for p, s in self.sources.items() if f'#include <volley/{s.where}>' in source.text]
        known = set().union(source.rows, *(s.marks for s in [source, *near]))
        for line, name in source.hints:
            if name not in known:
                self.say(path, line, f'"~" leans on edge {name}, which is not here or in a header that is included')
        for name, ends in source.marks.items():
            line, text, others = source.rows.get(name, (ends[0][1], '', []))
            here = {mark for mark, _ in ends}
            marks = [mark for s in [source, *(self.sources[p] for p in others)] for mark, _ in s.marks.get(name, ())]
            for mark, partner in (('<-', '->'), ('->', '<-')):
                if mark in here and partner not in marks:
                    where = 'in this header or one that its row names'
                    self.say(path, ends[0][1], f'"{mark} {name}" has no "{partner} {name}" {where}')
            if '<>' in here and marks.count('<>') < 2:
                self.say(path, ends[0][1], f'"<> {name}" stands alone: a full fence on one side orders nothing')
            if not text and source.where != 'src':
                self.say(path, line, f'edge {name} is not in the table "// Edges" of this header')
            for arrow, used in (('->', here & {'<-', '->'}), ('<>', '<>' in here)):
                if text and used and arrow not in text:
                    self.say(path, line, f'row {name} has no "{arrow}", but the code tags the edge so')
        for name in source.rows.keys() - source.marks.keys():
            self.say(path, source.rows[name][0], f'row {name} is used by no operation in this header')

    def release_sequences(self, path, source):
        for op in source.ops:
            if op.what != 'store' or op.orders != ['relaxed'] or op.young:
                continue
            for kind, _, _, begin, end, depth in source.blocks:
                if kind == 'function' and not depth and begin < op.offset < end:
                    released = [o for o in source.ops if begin < o.offset < end and o.receiver == op.receiver and
                                o.what != 'load' and {'release', 'acq_rel', 'seq_cst'} & set(o.orders)]
                    if released:
                        what = f'relaxed store to {op.receiver}, which line {released[0].line} releases'
                        self.say(path, op.line, f'{what}: a relaxed store of the same thread ends the release sequence')


def main(arguments):
    checker = Checker(Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2])
    findings = checker.run()
    for path, line, message in findings:
        print(f'{path}:{line}: {message}')
    edges = sum(len(source.marks) for source in checker.sources.values())
    print(f'{checker.headers} headers, {checker.calls} atomic operations, {edges} edges, {len(findings)} findings')
    if not checker.calls:
        print('nothing was checked: no atomic operation was found')
    return 1 if findings or not checker.calls else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
