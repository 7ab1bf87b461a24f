#!/usr/bin/env python3
"""Counts what `meson test` has just run: every case of a GoogleTest program, and every other test as one case.

usage: tally.py BUILD_DIR [EXIT_CODE_OF_MESON_TEST]

Says what failed, and ends with the line "N passed, N failed" (and ", N skipped"). The exit code is 1 if anything
failed or nothing ran.

A GoogleTest program is counted from its output, not from its XML: a crashed one writes no XML, and the file of an
earlier run is then found in its place. The output announces how many cases there are, and each before it runs; what was
announced and neither passed nor was skipped has failed.
"""
import json
import pathlib
import re
import sys

PASSES = ('OK', 'EXPECTEDFAIL')
ANNOUNCED = re.compile(r'\[==========\] (?:\x1b\[m)?Running (\d+) tests?')
STARTED = re.compile(r'\[ RUN      \] (?:\x1b\[m)?(\S+)')
PASSED = re.compile(r'\[       OK \] (?:\x1b\[m)?(\S+) \(\d+ ms\)')
SKIPPED = re.compile(r'\[  SKIPPED \] (?:\x1b\[m)?(\S+) \(\d+ ms\)')


def count_cases(result, output):
    """-> passed, failed, skipped, why: of one GoogleTest program."""
    started, passed, skipped = (pattern.findall(output) for pattern in (STARTED, PASSED, SKIPPED))
    announced = sum(map(int, ANNOUNCED.findall(output)))
    failed = max(max(announced, len(started)) - len(passed) - len(skipped), 0)
    done = set(passed + skipped)
    why = [case for case in started if case not in done]
    if announced > len(started):
        why.append(f'{announced - len(started)} cases never ran')
    if result not in PASSES and failed == 0:
        failed = 1  # before the first case, or after the last
    if result in PASSES and failed == 0 and not passed and not skipped:
        failed, why = 1, ['there is no case in it']
    return len(passed), failed, len(skipped), why


def count_test(result):
    """-> passed, failed, skipped, why: of a test that is one case."""
    return int(result in PASSES), int(result not in PASSES + ('SKIP',)), int(result == 'SKIP'), []


def tally(build, exit_code=0):
    """-> passed, failed, skipped, lines that say what failed."""
    totals, lines = [0, 0, 0], []
    described = json.loads((build / 'meson-info/intro-tests.json').read_text(encoding='utf-8'))
    gtests = {tuple(test['cmd']) for test in described if test['protocol'] == 'gtest'}
    log = build / 'meson-logs/testlog.json'
    for line in log.read_text(encoding='utf-8').splitlines() if log.exists() else ():
        test = json.loads(line)
        result = test['result']
        # One that should fail, and one that was skipped, speaks as a whole.
        whole = result in ('EXPECTEDFAIL', 'UNEXPECTEDPASS', 'SKIP')
        if tuple(test['command'] or ()) in gtests and not whole:
            *counts, why = count_cases(result, test['stdout'])
        else:
            *counts, why = count_test(result)
        totals = [total + count for total, count in zip(totals, counts)]
        if counts[1]:
            if result == 'FAIL':
                code = test['returncode']
                why.append(f'exit code {code}' if code >= 0 else f'killed by signal {-code}')
            elif result not in PASSES:
                why.append(result.lower())
            lines.append(f'FAILED {test["name"]}: {", ".join(why)}')
    if exit_code and not totals[1]:
        totals[1] = 1
        lines.append(f'FAILED meson test itself (exit code {exit_code})')
    if not totals[0] + totals[1]:
        lines.append('no test ran')
    return *totals, lines


def main(arguments):
    passed, failed, skipped, lines = tally(pathlib.Path(arguments[0]), *map(int, arguments[1:]))
    print(*lines, f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''), sep='\n')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
