# SPDX-License-Identifier: MIT
"""Holds true what stress/bugs_of_others.md says about our tests: usage: check_bugs.py [ROOT]

A row of its table is a bug that others had: | key | what happened | the tests of ours that would catch it |. The last cell
names tests, each `Suite.Test` between backticks, which must exist in tests/ or stress/; or it says "cannot happen: why".
Comments in tests name rows by their keys.
"""
import re
import sys
from pathlib import Path

from cpp_source import tests_in

TABLE = Path('stress/bugs_of_others.md')
KEY = re.compile(r'[SH]\d+[a-z]?')
NAME = re.compile(r'`([^`]*)`')
CANNOT = re.compile(r'cannot happen: \w')


def check(text, tests):
    """Yields (line, what is wrong) for a table, given the names of all tests."""
    keys = set()
    for number, line in enumerate(text.split('\n'), 1):
        cells = [cell.strip() for cell in line.strip().strip('|').split('|')]
        if not line.startswith('|') or cells[0] == 'key' or set(cells[0]) <= set(':-'):
            continue
        if len(cells) != 3 or not all(cells):
            yield number, f'a row has three cells with something in each, not {len(cells)}'
            continue
        key, _, ours = cells
        if not KEY.fullmatch(key):
            yield number, f'"{key}" is no key: S or H and a number, by which comments in tests name the row'
        if key in keys:
            yield number, f'{key} has a second row'
        keys.add(key)
        names = NAME.findall(ours)
        if not names and not CANNOT.match(ours):
            yield number, f'{key} names no `Suite.Test`, nor does it say "cannot happen: why"'
        for name in names:
            if name not in tests:
                yield number, f'{key} names {name}, which is no TEST(...) in tests/ or stress/'
    if not keys:
        yield 1, 'no row was found'


def main(arguments):
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    findings = list(check((root / TABLE).read_text(encoding='utf-8'), tests_in(root)))
    for line, message in findings:
        print(f'{TABLE.as_posix()}:{line}: {message}')
    print(f'{len(findings)} findings')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
