# SPDX-License-Identifier: MIT
"""Instructions for one uncontended push and pop, of ours and of the rivals.

callgrind runs `ring_duel pairs NAME BYTES N` for two values of N; the difference is N pairs and nothing else. Some
instructions of the loop are in it, for all alike: the element is made before the push and checked after the pop.
"""
import argparse
import json
import re
import subprocess
import sys

COLLECTED = re.compile(r'Collected : (\d+)')


def names_in(program, wanted):
    listed = subprocess.run([program, 'list'], capture_output=True, text=True, check=True).stdout.splitlines()
    every = [line.split()[0] for line in listed]
    for name in wanted:
        if name not in every:
            sys.exit(f'instructions.py: there is no {name}; {program} list names what there is')
    return wanted or every


def instructions(program, name, size, pairs):
    got = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                          program, 'pairs', name, str(size), str(pairs)], capture_output=True, text=True, check=False)
    return int(COLLECTED.search(got.stderr)[1]) if got.returncode == 0 else None


def per_pair(program, name, size, pairs):
    few, many = (instructions(program, name, size, n) for n in (pairs, 2 * pairs))
    return None if few is None or many is None else (many - few) / pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program', help='ring_duel, as built')
    parser.add_argument('name', nargs='*', help='only these (all)')
    parser.add_argument('--bytes', type=int, nargs='*', default=[8], choices=(8, 64, 256), help='of an element (8)')
    parser.add_argument('--pairs', type=int, default=20000, help='how many are counted (20000)')
    parser.add_argument('--json', help='write the figures there too')
    chosen = parser.parse_args()
    rows = []
    for name in names_in(chosen.program, chosen.name):
        for size in chosen.bytes:
            count = per_pair(chosen.program, name, size, chosen.pairs)
            if count is not None:
                rows.append({'name': name, 'bytes': size, 'instructions': round(count, 1)})
    rows.sort(key=lambda row: (row['bytes'], row['instructions']))
    print(f'{"":30}{"bytes":>6}{"instructions":>14}   for a push and a pop')
    for row in rows:
        print(f'{row["name"]:30}{row["bytes"]:>6}{row["instructions"]:>14.1f}')
    if chosen.json:
        with open(chosen.json, 'w', encoding='utf-8') as file:
            json.dump(rows, file, indent=1)


if __name__ == '__main__':
    main()
