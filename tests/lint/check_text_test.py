# SPDX-License-Identifier: MIT
"""Each rule of check_text.py against a sample that breaks it and one that does not."""
import subprocess
import tempfile
import unittest
from pathlib import Path

import check_text

ALGORITHM = '// SPDX-License-Identifier: MIT\n#pragma once\n\n// Progress: lock-free.\n// Memory: all of it.\n' \
            '#include <x>\ntemplate <class Env>\nclass x;\n'


class Text(unittest.TestCase):
    def check(self, text, name='x.txt'):
        return [message for _, message in check_text.check(name, text)]

    def bad(self, text, part, name='x.txt'):
        findings = self.check(text, name)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(part, findings[0])

    def test_space(self):
        self.assertEqual(self.check('one\n\n  two\n'), [])
        self.assertEqual(self.check(''), [])
        self.bad('\tone\n', 'tab')
        self.bad('one \n', 'trailing space')
        self.bad('one\r\n', 'trailing space')
        self.bad('one', 'no newline')
        self.bad('one\n\n', 'blank line')

    def test_paths_of_one_machine(self):
        for top in ('work', 'root', 'home/me', 'Users/me'):
            self.bad(f'cd /{top}/volley\n', 'path of one machine')
            self.bad(f'"/{top}"\n', 'path of one machine')
            for fine in (f'include/{top}/x', f'a/{top}/b', f'<b></{top}>', f'${{HOME}}/{top}/x'):
                self.assertEqual(self.check(fine + '\n'), [])
        for fine in ('/usr/include', '/homes', '/srv/volley'):
            self.assertEqual(self.check(fine + '\n'), [])

    def test_package_hosts(self):
        for host in ('deb.debian', 'files.pythonhosted', 'pypi'):
            self.bad(f'see https://{host}' + '.org/x\n', 'registry')
        self.assertEqual(self.check('see https://www.debian' + '.org/ and https://eel.is/c++draft\n'), [])

    def test_tests_that_throw(self):
        for name in ('tests/unit/x_test.cpp', 'tests/conformance/x.hpp', 'stress/race/x.hpp'):
            self.bad('if (x) throw boom{};\n', 'throw_it()', name)
            self.assertEqual(self.check('throw_it(boom{});\n// they throw x(1)\nvoid throws();\n', name), [])
        for name in ('tests/conformance/throwing.hpp', 'tests/fault/x_test.cpp', 'src/x.cpp'):
            self.assertEqual(self.check('throw boom{};\n', name), [])

    def test_sections_of_an_algorithm(self):
        for folder in ('ring', 'handoff'):
            name = f'include/volley/{folder}/x.hpp'
            self.assertEqual(self.check(ALGORITHM, name), [])
            self.bad(ALGORITHM.replace('// Progress:', '// Speed:'), '"Progress: ..."', name)
            self.bad(ALGORITHM.replace('// Memory:', '// Store:'), '"Memory: ..."', name)
            helper = ALGORITHM.replace('// Memory:', '//').replace('class Env', 'class T')
            self.assertEqual(self.check(helper, name), [])
        late = ALGORITHM.replace('// Memory: all of it.\n', '') + '// Memory: all of it.\n'
        self.bad(late, '"Memory: ..."', 'include/volley/ring/x.hpp')

    def test_which_files(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name in ('a.txt', '.hidden', 'build/b.txt', 'ignored.txt'):
                (root / name).parent.mkdir(exist_ok=True)
                (root / name).write_text('x\n', encoding='utf-8')
            (root / '.gitignore').write_text('/build/\nignored.txt\n', encoding='utf-8')
            names = [p.name for p in check_text.project_files(root)]
            self.assertEqual(names, ['.gitignore', '.hidden', 'a.txt', 'ignored.txt'])
            try:
                subprocess.run(['git', 'init', '-q', folder], check=True)
            except OSError:
                self.skipTest('git is not installed')
            self.assertEqual([p.name for p in check_text.project_files(root)], ['.gitignore', '.hidden', 'a.txt'])


if __name__ == '__main__':
    unittest.main()
