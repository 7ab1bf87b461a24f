"""The examples do what they say: usage: examples_test.py FEED PIPELINE LOGGER [unittest arguments]"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

FEED, PIPELINE, LOGGER = sys.argv[1:4]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


class Feed(unittest.TestCase):
    LINE = re.compile(r"published (\d+), seen (\d+), dropped (\d+), latest (\d+) at ([\d.]+)\n")

    def figures(self, *arguments):
        ran = run(FEED, *arguments)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        figures = self.LINE.fullmatch(ran.stdout)
        self.assertIsNotNone(figures, ran.stdout)
        return [int(n) for n in figures.groups()[:4]]

    def test_a_slow_reader_misses_the_old_and_never_the_latest(self):
        # To see all of them the reader would have to sleep for twenty seconds, and the producer for as long with it.
        published, seen, dropped, latest = self.figures("200000", "100")
        self.assertEqual((published, latest), (200000, 200000))
        self.assertEqual(seen + dropped, published)
        self.assertGreater(dropped, 0)

    def test_what_fits_is_seen_whole(self):
        self.assertEqual(self.figures("64", "1"), [64, 64, 0, 64])

    def test_one_quote_arrives(self):
        self.assertEqual(self.figures("1"), [1, 1, 0, 1])


class Pipeline(unittest.TestCase):
    def check(self, out, err, code):
        self.assertEqual(code, 0, err)
        count = re.fullmatch(r"(\d+) in, (\d+) out\n", err)
        self.assertIsNotNone(count, err)
        self.assertEqual(count[1], count[2])
        pairs = [tuple(map(int, line.split())) for line in out.splitlines()]
        self.assertTrue(all(square == n * n for n, square in pairs))
        self.assertEqual(sorted(n for n, _ in pairs), list(range(1, int(count[1]) + 1)), "each once")
        return len(pairs)

    def test_all_that_goes_in_comes_out(self):
        for workers in "1", "3":
            ran = run(PIPELINE, workers, "5000")
            self.assertEqual(self.check(ran.stdout, ran.stderr, ran.returncode), 5000)

    def interrupt(self, which):
        with subprocess.Popen([PIPELINE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            try:
                first = running.stdout.readline()
                running.send_signal(which)
                out = running.stdout.read()  # and not communicate(), which leaves out what readline() has read ahead
                err = running.stderr.read()
                running.wait(timeout=60)
            finally:
                running.kill()
        return self.check(first + out, err, running.returncode)

    def test_ctrl_c_ends_it_and_loses_nothing(self):
        self.assertGreater(self.interrupt(signal.SIGINT), 0)

    def test_so_does_a_request_to_terminate(self):
        self.assertGreater(self.interrupt(signal.SIGTERM), 0)


class Logger(unittest.TestCase):
    def test_each_line_is_in_the_file_once_in_the_order_of_its_thread(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "log")
            ran = run(LOGGER, str(path), "5", "3000")
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))
            lines = path.read_text().splitlines()
        self.assertEqual(len(lines), 5 * 3000)
        for thread in range(5):
            mine = [line for line in lines if line.startswith(f"thread {thread} ")]
            self.assertEqual(mine, [f"thread {thread} line {i}" for i in range(3000)])

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_full_disk_is_said(self):
        ran = run(LOGGER, "/dev/full", "2", "3000")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("not all could be written", ran.stderr)


class BadUsage(unittest.TestCase):
    def test_it_is_one_line_and_code_2(self):
        for command in [FEED, "x"], [FEED, "0"], [FEED, "1", "-1"], [PIPELINE, "1.5"], [PIPELINE, ""], [LOGGER], \
                [LOGGER, "/nowhere/at/all"], [LOGGER, "/dev/null", "99999999999"]:
            ran = run(*command)
            self.assertEqual((ran.returncode, ran.stdout), (2, ""), command)
            self.assertRegex(ran.stderr, r"\A[^\n]+\n\Z")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
