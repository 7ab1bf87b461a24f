# SPDX-License-Identifier: MIT
"""Checks every text file of the project: usage: check_text.py [ROOT]

No tab, no trailing space, a newline at the end, nothing that is true on one machine only, and in the headers of the
rings and handoffs what each owes its reader: who may wait for whom, and what becomes visible.
"""
import re
import subprocess
import sys
from pathlib import Path

PLACES = re.compile(r'(?<![\w.<>$}*-])/(?:work|root|home/\w+|Users/\w+|workspace)(?:/|\b)')
HOSTS = re.compile(r'\b(?:' + '|'.join((
    r'(?:deb|security|snapshot)\.debian\.org', r'(?:archive|ports|security)\.ubuntu\.com',
    r'registry\.(?:npmjs|yarnpkg)\b', r'(?:test\.)?pypi\.org', r'files\.pythonhosted\.org',
    r'(?:index\.|static\.)?crates\.io', r'proxy\.golang\.org', r'rubygems\.org',
    r'repo1?\.maven\b', r'conda\.anaconda\.org', r'center2?\.conan\.io')) + ')')
PORTABLE = re.compile(r'(?:tests/unit|tests/conformance|stress/race)/.*pp$')  # what tests/legs builds
PORTABLE_THROW = 'tests/conformance/throwing.hpp'
SECTIONS = ('Progress', 'Memory')
LINE_RULES = (
    (re.compile(r'\t'), 'a tab: each editor shows it differently'),
    (re.compile(r'[ \r]$'), 'trailing space'),
    (PLACES, 'a path of one machine: it exists nowhere else'),
    (HOSTS, 'the host of a package registry: which one to use is the machine\'s to say'))


def project_files(root):
    """What git tracks or would track; without git, what is in no build directory."""
    listed = subprocess.run(['git', '-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                            capture_output=True, check=False) if (root / '.git').exists() else None
    if listed and not listed.returncode:
        names = [root / name for name in listed.stdout.decode().split('\0') if name]
    else:
        ours = re.compile(r'(?!(?:.*/)?(?:\.git|__pycache__|build[^/]*)/)')
        names = [path for path in root.rglob('*') if ours.match(path.relative_to(root).as_posix())]
    return sorted(path for path in set(names) if path.is_file() and not path.is_symlink())


def leading_comment(text):
    lines = []
    for line in text.split('\n'):
        if line.strip() and not line.startswith('//') and line != '#pragma once':
            break
        lines.append(line)
    return '\n'.join(lines)


def check(name, text):
    """Yields (line, what is wrong and why) for the file of this name, relative to the root."""
    for number, line in enumerate(text.split('\n'), 1):
        for rule, why in LINE_RULES:
            if match := rule.search(line):
                yield number, f'{why} ("{match.group()}")' if match.group().strip() else why
    if PORTABLE.match(name) and name != PORTABLE_THROW:
        for match in re.finditer(r'^(?!\s*//)[^"\n]*?\bthrow [\w:]+[({]', text, re.MULTILINE):
            yield text.count('\n', 0, match.start()) + 1, f'throw: builds without exceptions need throw_it() of {PORTABLE_THROW}'
    if text and not text.endswith('\n'):
        yield text.count('\n') + 1, 'no newline at the end of the file'
    if text.endswith('\n\n'):
        yield text.count('\n'), 'blank line at the end of the file'
    algorithm = re.match(r'include/volley/(?:ring|handoff)/.*\.hpp$', name) and re.search(r'\bclass Env\b', text)
    for section in SECTIONS if algorithm else ():  # what does not depend on Env shares nothing between threads
        if not re.search(rf'^// ?{section}\b.*:', leading_comment(text), re.MULTILINE):
            yield 1, f'no "{section}: ..." in the comment at the top: each algorithm owes it to its reader'


def main(arguments):
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    files, findings = 0, 0
    for path in project_files(root):
        data = path.read_bytes()
        if b'\0' in data:
            continue
        files += 1
        name = path.relative_to(root).as_posix()
        for line, message in check(name, data.decode('utf-8', 'replace')):
            print(f'{name}:{line}: {message}')
            findings += 1
    print(f'{files} text files, {findings} findings')
    return 1 if findings or not files else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
