# SPDX-License-Identifier: MIT
"""Compiles the headers as their users do: headers_test.py COMPILER INCLUDE_DIR [FILE_THAT_USES_THEM] [--together]

Each header alone and twice, unless --together; all of them behind macros that real programs define; all of them, and the file that uses them,
also without exceptions and run-time types. Strict warnings are errors. The list of headers is read at each run.
"""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

STRICT = ('-std=c++20 -fsyntax-only -x c++ -pthread -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow '
          '-Wcast-align -Wold-style-cast -Wundef -Werror').split()
RESTRICTED = ['-fno-exceptions', '-fno-rtti']

# What windows.h, the Linux kernel's and older systems' headers, and compilers in their GNU dialect define.
HOSTILE = '''
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define major(device) ((device) >> 8)
#define minor(device) ((device) & 255)
#define small char
#define interface struct
#define near
#define far
#define BLOCK_SIZE 1024
#define PAGE_SIZE 4096
#define CACHE_LINE_SIZE 32
#define nil 0
#define linux 1
#define unix 1
#define EMPTY (-1)
#define FULL (-2)
#define OK 0
#define ERROR 0
#define TIMEOUT 0
#define TRUE 1
#define FALSE 0
'''


def standard_headers(headers):
    """What they include besides each other: such headers come first, they need not stand the macros."""
    names = {name for path in headers for name in re.findall(r'^\s*#\s*include\s*<([^>]+)>', path.read_text('utf-8'), re.M)}
    return sorted(name for name in names if not name.startswith('volley/'))


def units(include, headers, usage, alone):
    """Yields (what, arguments, source)."""
    lines = {path: f'#include <{path.relative_to(include).as_posix()}>\n' for path in headers}
    for path, line in lines.items() if alone else ():
        yield f'{path.relative_to(include)} alone, twice', [], line * 2
    everything = ''.join(lines.values())
    standard = ''.join(f'#if __has_include(<{name}>)\n#include <{name}>\n#endif\n' for name in standard_headers(headers))
    yield 'all, behind hostile macros', [], standard + HOSTILE + everything
    yield 'all, without exceptions and run-time types', RESTRICTED, everything
    if usage:
        yield usage.name, [], usage.read_text('utf-8')
        yield f'{usage.name}, without exceptions and run-time types', RESTRICTED, usage.read_text('utf-8')


def main(arguments):
    alone = '--together' not in arguments
    arguments = [argument for argument in arguments if argument != '--together']
    compiler, include = shlex.split(arguments[1]), Path(arguments[2]).resolve()
    headers = sorted((include / 'volley').rglob('*.hpp'))

    def compile_one(unit):
        _, extra, source = unit
        command = [*compiler, *STRICT, *extra, f'-I{include}', '-']
        return unit, subprocess.run(command, input=source, capture_output=True, text=True, check=False)

    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_units = list(units(include, headers, Path(arguments[3]) if len(arguments) > 3 else None, alone))
        for (what, _, _), done in pool.map(compile_one, all_units):
            if done.returncode:
                failures += 1
                print(f'FAILED {what}\n{done.stderr}')
    print(f'{len(headers)} headers, {len(all_units)} compilations, {failures} failed')
    return 1 if failures or not headers else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
