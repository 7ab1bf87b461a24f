# SPDX-License-Identifier: MIT
"""clang-format over our C++, clang-tidy over the library and its program: check_clang.py format|tidy|tidy-all BUILD [ROOT]

Without the tool the check is skipped (exit code 77), or failed where CI=true or VOLLEY_REQUIRE_TOOLS is set. clang-tidy
sees the library through one file that includes every header, and the program by the build directory's compile commands; the program
without the one check that takes as long as all others together, unless it is `tidy-all`: for a night.
"""
import concurrent.futures
import enum
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from check_text import project_files

SKIPPED = 77
SLOWEST = 'performance-unnecessary-value-param'
Time = enum.Enum('Time', 'short a_night')


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def check_format(tool, root, *_):
    files = [path for path in project_files(root) if path.suffix in ('.hpp', '.cpp')]
    result, _, said = run([tool, '--dry-run', '-Werror', '--style=file', *files])
    places = re.findall(r'^(.+?:\d+):\d+: error: ', said, re.MULTILINE)
    for place in dict.fromkeys(places):
        print(f'{os.path.relpath(place, root)}: not in our format: clang-format -i sets it right')
    print(f'{len(files)} files' if places or not result else said)
    return 1 if result or not files else 0


def check_tidy(tool, root, build, how):
    include = root / 'include'
    every = build / 'every_header.cpp'
    headers = sorted(path.relative_to(include).as_posix() for path in include.rglob('*.hpp'))
    every.write_text(''.join(f'#include <{header}>\n' for header in headers), encoding='utf-8')
    strict = [tool, '--quiet', '--warnings-as-errors=*', f'--header-filter=^{re.escape(str(root))}/(include|src)/']
    commands = [[*strict, f'--config-file={root / ".clang-tidy"}', every, '--', '-std=c++20', f'-I{include}']]
    units = json.loads((build / 'compile_commands.json').read_text(encoding='utf-8'))
    files = {Path(os.path.normpath(Path(unit['directory'], unit['file']))) for unit in units}
    program = sorted(file for file in files if root / 'src' in file.parents)
    as_built = ['-p', build, '--extra-arg=-Wno-unknown-warning-option']
    checks = [f'--checks=-{SLOWEST}'] if how is Time.short else []
    commands += [[*strict, *as_built, *checks, file] for file in program]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run, commands))
    for result, found, failed in results:
        print((found or (failed if result else '')).replace(f'{root}/', ''), end='')
    print(f'{len(headers)} headers, {len(program)} files of the program')
    return 1 if any(result for result, *_ in results) else 0


def main(arguments):
    what, build = arguments[1], Path(arguments[2]).resolve()
    root = Path(arguments[3]).resolve() if len(arguments) > 3 else Path(__file__).resolve().parents[2]
    name = what.removesuffix('-all')
    tool, settings = shutil.which(f'clang-{name}'), root / f'.clang-{name}'
    if not tool:
        needed = os.environ.get('CI') == 'true' or os.environ.get('VOLLEY_REQUIRE_TOOLS')
        print(f'clang-{name} is not installed: {"CI=true or VOLLEY_REQUIRE_TOOLS demands it" if needed else "skipped"}')
        return 1 if needed else SKIPPED
    if not settings.exists():
        print(f'{settings.name} is missing: there is no style to check by')
        return 1
    check = {'format': check_format, 'tidy': check_tidy}[name]
    return check(tool, root, build, Time.a_night if name != what else Time.short)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
