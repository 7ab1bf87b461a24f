# SPDX-License-Identifier: MIT
"""Holds stress/evidence/structures.toml against the headers and the tests: usage: check_progress.py [ROOT]

Each public header of ring/, handoff/ and channel/ has an entry; each operation in it has a class that its header states and tests that exist; each header
with an order has a test that weakens it; and of the orders that survive no more than 3 in 100 are argued for.
"""
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[2] / 'stress/evidence'))
import structures  # noqa: E402
from cpp_source import tests_in  # noqa: E402

STRONG = re.compile(r'\S.*// (?:->|<-|<>) ?[a-z]|^\s*// (?:->|<-) [a-z]\w*: ', re.MULTILINE)
WEAKENED = re.compile(r'(?:every_order_is_needed|TheOrders)\(?\s*"volley/([\w/.]+)"|^\s*"volley/([\w/.]+\.hpp)",', re.MULTILINE)
OF_THE_SYSTEM = 'env/native_wait.hpp'  # the model has its own
MOST_ARGUED = 0.03


def orders(root):
    """Yields what is wrong with the orders and the arguments for them."""
    tests = '\n'.join(path.read_text(encoding='utf-8') for path in sorted((root / 'stress/model').glob('*_test.cpp')))
    weakened = {name for names in WEAKENED.findall(tests) for name in names if name}
    count = 0
    for path in sorted((root / 'include/volley').rglob('*.hpp')):
        header = path.relative_to(root / 'include/volley').as_posix()
        found = len(STRONG.findall(path.read_text(encoding='utf-8')))
        count += found
        if found and header not in weakened and header != OF_THE_SYSTEM:
            yield f'include/volley/{header}: it has {found} tagged orders, and no test weakens them'
    argued = len(re.findall(r'^- ', (root / 'stress/model/survivors.md').read_text(encoding='utf-8'), re.MULTILINE))
    if argued > MOST_ARGUED * count:
        yield f'stress/model/survivors.md: {argued} orders are argued for, of {count}: that is more than 3 in 100'


def main(arguments):
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    findings = list(structures.check(structures.load(root / 'stress/evidence/structures.toml'), root, tests_in(root)))
    findings += orders(root)
    print(*findings, f'{len(findings)} findings', sep='\n')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
