"""Does the tally count what ran, whatever became of it?

usage: tally_test.py TESTS_DIR
"""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv.pop(1))
import tally

FINISHED = '''Running main() from gtest_main.cc
[==========] Running 4 tests from 2 test suites.
[----------] 2 tests from Ring
[ RUN      ] Ring.Wraps
half a line of its own [       OK ] Ring.Wraps (0 ms)
[ RUN      ] Ring.NeedsTwoCpus
ring_test.cpp:4: Skipped
[  SKIPPED ] Ring.NeedsTwoCpus (0 ms)
[ RUN      ] Ring/0.Full
[       OK ] Ring/0.Full (12 ms)
[ RUN      ] All/Ring.Counts/1
'''
PASSING = FINISHED + '''[       OK ] All/Ring.Counts/1 (0 ms)
[==========] 4 tests from 2 test suites ran. (12 ms total)
[  PASSED  ] 3 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Ring.NeedsTwoCpus
'''
FAILING = FINISHED + '''[  FAILED  ] All/Ring.Counts/1, where GetParam() = 2 (0 ms)
[==========] 4 tests from 2 test suites ran. (12 ms total)
[  PASSED  ] 2 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Ring.NeedsTwoCpus
[  FAILED  ] 1 test, listed below:
[  FAILED  ] All/Ring.Counts/1, where GetParam() = 2
'''
CRASHED = '''[==========] Running 4 tests from 2 test suites.
[ RUN      ] Ring.Wraps
[       OK ] Ring.Wraps (0 ms)
[ RUN      ] Ring.Crashes
'''
EMPTY = '''[==========] Running 0 tests from 0 test suites.
[==========] 0 tests from 0 test suites ran. (0 ms total)
[  PASSED  ] 0 tests.
'''


def gtest(result, stdout, returncode=0):
    return 'gtest', result, returncode, stdout


def other(result, returncode=0):
    return 'exitcode', result, returncode, PASSING  # what another test prints counts for nothing


class Tally(unittest.TestCase):
    def counts(self, *tests, exit_code=0, log=True):
        """-> exit code, last line: of a run in which these were the tests."""
        with tempfile.TemporaryDirectory() as place:
            build = pathlib.Path(place)
            (build / 'meson-info').mkdir()
            (build / 'meson-logs').mkdir()
            described = [{'cmd': ['/t', str(n)], 'protocol': test[0]} for n, test in enumerate(tests)]
            (build / 'meson-info/intro-tests.json').write_text(json.dumps(described), encoding='utf-8')
            ran = [json.dumps({'name': f'unit / t{n}', 'command': ['/t', str(n)], 'result': result, 'returncode': code,
                               'stdout': stdout}) for n, (_, result, code, stdout) in enumerate(tests)]
            if log:
                (build / 'meson-logs/testlog.json').write_text(''.join(line + '\n' for line in ran), encoding='utf-8')
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                code = tally.main([place, str(exit_code)])
            self.output = output.getvalue()
            self.assertTrue(self.output.endswith('\n'))
            return code, self.output.splitlines()[-1]

    def test_passing_cases_are_counted_one_by_one(self):
        self.assertEqual(self.counts(gtest('OK', PASSING)), (0, '3 passed, 0 failed, 1 skipped'))

    def test_colours_do_not_matter(self):
        self.assertEqual(self.counts(gtest('OK', PASSING.replace('] ', '] \x1b[m'))), (0, '3 passed, 0 failed, 1 skipped'))

    def test_failing_case_is_named(self):
        self.assertEqual(self.counts(gtest('FAIL', FAILING, 1), exit_code=1), (1, '2 passed, 1 failed, 1 skipped'))
        self.assertIn('FAILED unit / t0: All/Ring.Counts/1, exit code 1', self.output)

    def test_crash_fails_the_case_and_all_after_it(self):
        self.assertEqual(self.counts(gtest('FAIL', CRASHED, -11), exit_code=1), (1, '1 passed, 3 failed'))
        self.assertIn('Ring.Crashes, 2 cases never ran, killed by signal 11', self.output)

    def test_timeout_is_a_failure(self):
        self.assertEqual(self.counts(gtest('TIMEOUT', FINISHED, -15), exit_code=1), (1, '2 passed, 1 failed, 1 skipped'))

    def test_crash_before_the_first_case(self):
        self.assertEqual(self.counts(gtest('FAIL', '', 127), exit_code=1), (1, '0 passed, 1 failed'))

    def test_crash_after_the_last_case(self):
        self.assertEqual(self.counts(gtest('FAIL', PASSING, 66), exit_code=1), (1, '3 passed, 1 failed, 1 skipped'))

    def test_program_that_left_early_with_success(self):
        self.assertEqual(self.counts(gtest('OK', CRASHED)), (1, '1 passed, 3 failed'))

    def test_program_without_cases_fails(self):
        self.assertEqual(self.counts(gtest('OK', EMPTY), other('OK')), (1, '1 passed, 1 failed'))

    def test_one_that_should_fail(self):
        self.assertEqual(self.counts(gtest('EXPECTEDFAIL', FAILING, 1)), (0, '1 passed, 0 failed'))
        self.assertEqual(self.counts(gtest('UNEXPECTEDPASS', PASSING)), (1, '0 passed, 1 failed'))

    def test_other_tests_are_one_case_each(self):
        results = [other('OK'), other('SKIP', 77), other('ERROR', 99), other('FAIL', 3), other('TIMEOUT', -15),
                   other('INTERRUPT', -2)]
        self.assertEqual(self.counts(*results, exit_code=4), (1, '1 passed, 4 failed, 1 skipped'))

    def test_nothing_ran(self):
        self.assertEqual(self.counts(), (1, '0 passed, 0 failed'))
        self.assertEqual(self.counts(log=False), (1, '0 passed, 0 failed'))
        self.assertEqual(self.counts(other('SKIP', 77)), (1, '0 passed, 0 failed, 1 skipped'))

    def test_meson_itself_failed(self):
        self.assertEqual(self.counts(other('OK'), exit_code=2), (1, '1 passed, 1 failed'))


if __name__ == '__main__':
    unittest.main()
