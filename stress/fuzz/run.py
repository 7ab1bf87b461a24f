# SPDX-License-Identifier: MIT
"""Runs a fuzzer and says whether that came out as it should: usage: run.py nothing|something FUZZER [OPTION]...

`something`: for a fuzzer of what is wrong on purpose; a fuzzer that does not even start is no proof that it would find anything.
"""
import os
import subprocess
import sys
import tempfile

FOUND = 77  # libFuzzer's exit code for an input at which the program ended


def main(arguments):
    expected, fuzzer, options = arguments[1], os.path.abspath(arguments[2]), arguments[3:]
    with tempfile.TemporaryDirectory() as place:
        keep = place if expected == 'something' else os.path.dirname(fuzzer)
        done = subprocess.run([fuzzer, f'-artifact_prefix={keep}/', f'-error_exitcode={FOUND}', *options], check=False, cwd=place,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    told = [line for line in done.stdout.splitlines() if 'not so: ' in line]
    if expected == 'something':
        print('\n'.join(told) or done.stdout[-4000:])
        return 0 if done.returncode == FOUND and told else 1
    if done.returncode:
        print(done.stdout[-8000:])
    print('\n'.join(line for line in done.stdout.splitlines() if line.startswith('Done ')))
    return 1 if done.returncode else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
