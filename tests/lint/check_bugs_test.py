# SPDX-License-Identifier: MIT
"""Each rule of check_bugs.py against a sample that breaks it and one that does not."""
import tempfile
import unittest
from pathlib import Path

import check_bugs
from cpp_source import tests_in

TABLE = '''# Bugs of others

Words, `with.code`, and a | in them.

| key | what happened | tests |
|-----|:--------------|-------|
| S1 | claimed without acquire: x 12ab | `RingModel.EveryOrderIsNeeded` of each, `Ring.IsRight` |
| S66b | two states | cannot happen: there are laps |
'''
TESTS = {'RingModel.EveryOrderIsNeeded', 'Ring.IsRight'}


class Bugs(unittest.TestCase):
    def bad(self, text, part):
        findings = [message for _, message in check_bugs.check(text, TESTS)]
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(part, findings[0])

    def test_a_right_table(self):
        self.assertEqual(list(check_bugs.check(TABLE, TESTS)), [])

    def test_tests_exist(self):
        self.bad(TABLE.replace('IsRight', 'IsGone'), 'S1 names Ring.IsGone')
        self.bad(TABLE.replace('`Ring.IsRight`', '`IsRight`'), 'S1 names IsRight')
        self.assertEqual([line for line, _ in check_bugs.check(TABLE, {'Ring.IsRight'})], [7])

    def test_each_row_says_something(self):
        self.bad(TABLE.replace('cannot happen: there', 'there'), 'S66b names no')
        self.bad(TABLE.replace('cannot happen: there are laps', 'cannot happen: '), 'S66b names no')
        self.bad(TABLE.replace(' there are laps', '').replace('cannot happen:', ''), 'three cells')
        self.bad(TABLE.replace('two states | ', ''), 'three cells')

    def test_keys(self):
        self.bad(TABLE.replace('| S66b', '| 66'), '"66" is no key')
        self.bad(TABLE.replace('| S66b', '| S1'), 'S1 has a second row')
        self.bad('no table\n', 'no row')
        self.assertEqual(list(check_bugs.check(TABLE.replace('| S66b', '| H66'), TESTS)), [])

    def test_which_tests_there_are(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, code in (('tests/unit/a_test.cpp', 'TEST(A, One) {}'), ('stress/b.hpp', 'TYPED_TEST_P(B,\n Two) {}'),
                               ('src/c.cpp', 'TEST(C, Three) {}')):
                (root / name).parent.mkdir(parents=True)
                (root / name).write_text(code, encoding='utf-8')
            self.assertEqual(tests_in(root), {'A.One', 'B.Two'})


if __name__ == '__main__':
    unittest.main()
