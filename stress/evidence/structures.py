# SPDX-License-Identifier: MIT
"""structures.toml, read and held against the headers and the tests."""
import pathlib
import re
import tomllib

# What a header must say of a class, under Progress or, of a try, where it is declared.
SAYS = {'wait-free': r'wait-free', 'lock-free': r'lock-free', 'non-blocking': r'[Nn]o call waits for a peer',
        'waits': r'\bwaits?\b', 'never waits': r'never waits?|[Oo]ne look'}
GO_ON = ('wait-free', 'lock-free', 'never waits', 'non-blocking')  # some test shows that the others go on
HELD_UP = ('waits', 'non-blocking')                                # some test shows that they do not
INCLUDE = re.compile(r'#include <volley/([\w/]+\.hpp)>')


def load(path=pathlib.Path(__file__).with_name('structures.toml')):
    return tomllib.loads(path.read_text(encoding='utf-8'))


def headers_of(root, header):
    """A header and all that it includes, below include/volley."""
    found, left = set(), [header]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += INCLUDE.findall((root / 'include/volley' / one).read_text(encoding='utf-8'))
    return found


def test_of(shown):
    """`Suite.Test/type` -> Suite.Test, the name in the source."""
    return shown.split('/')[0]


def is_public(folder, stem, text):
    """What is not detail's own, and is called as its header; a header of a channel has several names, or those of another, and speaks of progress."""
    if not re.search(r'^namespace volley \{', text, re.MULTILINE):
        return False
    if folder == 'channel' and re.search('^// Progress:', text, re.MULTILINE):
        return True
    return bool(re.search(rf'\b(?:class|using|auto|size_t>?) (?:alignas\(cache_line\) )?{stem}\b', text))


def check(structures, root, tests):
    """Yields what is wrong: a header that nothing is shown of, a test that is not there, a class that a header does not state."""
    known = {structure['header'] for structure in structures.values()}
    for folder in ('ring', 'handoff', 'channel'):
        for path in sorted((root / 'include/volley' / folder).glob('*.hpp')):
            header = f'{folder}/{path.name}'
            text = path.read_text(encoding='utf-8')
            if is_public(folder, path.stem, text) and header not in known:
                yield f'{header}: nothing is said of the progress of its operations'
    for name, structure in structures.items():
        header = root / 'include/volley' / structure['header']
        if not header.exists():
            yield f'{name}: there is no {structure["header"]}'
            continue
        text = re.sub(r'\s*\n\s*//+\s*', ' ', header.read_text(encoding='utf-8'))
        suites = {test.split('.')[0] for test in tests}
        yield from (f'{name}: {suite} is no suite of tests' for suite in structure['suites'] if suite not in suites)
        for operation, (which, *shown) in structure['progress'].items():
            if which not in SAYS:
                yield f'{name}.{operation}: "{which}" is no class; they are {", ".join(SAYS)}'
            elif not re.search(SAYS[which], text):
                yield f'{name}.{operation}: {structure["header"]} does not say that it is {which}'
            if not shown:
                yield f'{name}.{operation}: no test shows that it is {which}'
            yield from (f'{name}.{operation}: {test} is no test' for test in shown if test_of(test) not in tests)
