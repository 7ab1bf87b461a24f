# SPDX-License-Identifier: MIT
"""Holds true what every header of the library promises to the programs that include it: usage: check_headers.py [ROOT]

Nothing of the operating system or of std::atomic outside env/, layers that depend one way, nothing that clashes or has a copy per
translation unit, and a size that one can read in one go.
"""
import re
import sys
from pathlib import Path

from cpp_source import Source, line_of, without_template

HEADER_LINES, FUNCTION_LINES = 250, 40
OS_HEADER = re.compile(r'(?:linux|sys|asm|bits|net|netinet|arpa)/.*|csignal|ctime|(?:unistd|sched|pthread|fcntl|time|'
                       r'signal|poll|semaphore|spawn|dlfcn|mqueue|ucontext|dirent|termios|syscall|aio|netdb)\.h')
BANNED = (  # what, where it is at home, why nowhere else
    (r'\bhardware_(?:de|con)structive_interference_size\b', None, 'its value is no ABI: one constant per architecture'),
    (r'\bstd::atomic(?:_ref|_flag)?\b|\b__(?:atomic|sync)_\w+', 'env/', 'the model cannot see it: take Env::atomic'),
    (r'\batomic_(?:thread|signal)_fence\b', 'env/', 'ThreadSanitizer cannot see a stand-alone fence: env/ owns them'))
LAYERS = {  # each folder, and those whose headers it may include beside the ones that belong to all
    'env': ['env'], 'ring': ['env', 'ring'], 'wait': ['env', 'wait'], 'handoff': ['env', 'wait', 'handoff'],
    'channel': ['env', 'wait', 'ring', 'handoff', 'channel']}


def check(where, source):
    """Yields (line, what is wrong and why) for the header at `where`, a path below include/volley."""
    lines = source.lines
    if lines[0] != '// SPDX-License-Identifier: MIT':
        yield 1, 'the first line is not "// SPDX-License-Identifier: MIT"'
    if '#pragma once' not in lines:
        yield 1, '"#pragma once" is missing'
    if len(lines) - 1 > HEADER_LINES:
        yield HEADER_LINES + 1, f'{len(lines) - 1} lines: a header has at most {HEADER_LINES}'
    for pattern, home, why in BANNED:
        if not home or not where.startswith(home):
            for match in re.finditer(pattern, source.plain):
                yield line_of(source.plain, match.start()), f'{match.group()}: {why}'
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if include and OS_HEADER.fullmatch(include.group(1)) and not where.startswith('env/os/'):
            yield number, f'<{include.group(1)}> is the operating system\'s: only env/os/ may include it'
        layer, own = where.split('/')[0], include and re.fullmatch(r'volley/(\w+)/.*', include.group(1))
        if own and own.group(1) not in LAYERS.get(layer, [own.group(1)]):
            yield number, f'{layer}/ includes {own.group(1)}/: layers depend one way'
        macro = re.match(r'\s*#\s*define\s+(\w+)', line)
        if macro and not macro.group(1).startswith('VOLLEY_'):
            yield number, f'macro {macro.group(1)} is not named VOLLEY_*: it would clash in somebody\'s program'
    for block in source.blocks:
        yield from check_block(source, *block)


def check_block(source, kind, head, start, begin, end, depth):
    first, lines = line_of(source.code, begin), line_of(source.code, end) - line_of(source.code, begin) + 1
    if kind == 'function' and not depth and lines > FUNCTION_LINES:
        yield first, f'a function of {lines} lines: at most {FUNCTION_LINES}'
    if kind == 'namespace' and re.fullmatch(r'\s*(?:inline\s+)?namespace\s*', head):
        yield first, 'an unnamed namespace in a header: each translation unit gets its own copy'
    if kind != 'declaration':
        return
    declaration, template = without_template(head)
    specifiers = re.split(r'[=({]', declaration)[0]
    line = line_of(source.code, start + len(head) - len(head.lstrip()))
    if re.search(r'\bstatic\b', specifiers):
        yield line, 'static at namespace scope in a header: each translation unit gets its own copy'
    variable = not template and '(' not in declaration.split('=')[0]
    if variable and 'constexpr' in specifiers.split() and 'inline' not in specifiers.split():
        yield line, 'constexpr variable without inline in a header: each translation unit gets its own copy'


def main(arguments):
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    library = root / 'include' / 'volley'
    headers, findings = sorted(library.rglob('*.hpp')), 0
    for path in headers:
        where, source = path.relative_to(library).as_posix(), Source(path.read_text(encoding='utf-8'))
        for line, message in sorted(check(where, source)):
            print(f'{path.relative_to(root).as_posix()}:{line}: {message}')
            findings += 1
    print(f'{len(headers)} headers, {findings} findings')
    return 1 if findings or not headers else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
