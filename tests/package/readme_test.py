"""The examples of the README compile, run and do what it says."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1]).resolve()
COMPILER = sys.argv[2:]


OUTPUTS = ["1\n2\n3\n", "".join(f"{job}\n" for job in range(1, 101)) + "closed\n"]


class Readme(unittest.TestCase):
    def run_it(self, code):
        with tempfile.TemporaryDirectory() as directory:
            source = pathlib.Path(directory, "example.cpp")
            source.write_text(code)
            program = source.with_suffix("")
            strict = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
            subprocess.run([*COMPILER, *strict, f"-I{ROOT / 'include'}", str(source), "-o", str(program), "-pthread"], check=True)
            return subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=True).stdout

    def test_the_examples_compile_and_run(self):
        blocks = re.findall(r"^```cpp\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
        self.assertEqual(len(blocks), len(OUTPUTS), "an example, and what it prints")
        for code, output in zip(blocks, OUTPUTS):
            self.assertEqual(self.run_it(code), output)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
