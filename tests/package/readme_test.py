"""The example of the README compiles, runs and does what it says."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1]).resolve()
COMPILER = sys.argv[2:]


class Readme(unittest.TestCase):
    def test_the_example_compiles_and_runs(self):
        block = re.search(r"^```cpp\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
        self.assertIsNotNone(block, "README.md has no example")
        with tempfile.TemporaryDirectory() as directory:
            source = pathlib.Path(directory, "example.cpp")
            source.write_text(block.group(1))
            program = source.with_suffix("")
            strict = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
            subprocess.run([*COMPILER, *strict, f"-I{ROOT / 'include'}", str(source), "-o", str(program), "-pthread"], check=True)
            ran = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(ran.stdout, "1\n2\n3\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
