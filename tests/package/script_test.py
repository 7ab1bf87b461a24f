"""Does the `volley` script find its way, from the bare machine and from every bad state?

usage: script_test.py SOURCE_ROOT

The script runs in a checkout of its own: itself, the tally, and a project of a few lines. Where machines without our
tools are needed, PATH holds nothing but stand-ins that note how they were called.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
PROJECT = {
    'meson.build': '''
        project('volley', 'cpp', version: '0.1.0')
        subdir('src')
        if get_option('leg')
          test('bad', find_program('false'), suite: 'race')
          test('leg', executable('leg', 'leg.cpp'), suite: 'unit')
        endif
        if get_option('tests')
          test('good', find_program('true'), suite: 'unit')
          test('bad', find_program('false'), suite: 'race')
          test('long', find_program('true'), suite: 'slow')
          test('crash', find_program('crash.sh'), protocol: 'gtest', suite: 'crash')
        endif''',
    'meson_options.txt': "option('tests', type: 'boolean', value: false)\n"
                         "option('bench', type: 'boolean', value: false)\n"
                         "option('program', type: 'boolean', value: true)\noption('leg', type: 'boolean', value: false)\n",
    'tests/legs/dialect.ini': "[binaries]\ncpp = '@COMPILER@'\n[built-in options]\ncpp_args = ['-DWHERE=\"' + unpacked + '\"']\n",
    'tests/legs/nowhere.ini': "[binaries]\ncpp = 'no-such-compiler'\n",
    'crash.sh': '#!/bin/sh\necho "[==========] Running 3 tests from 1 test suite."\n'
                'echo "[ RUN      ] Ring.Wraps"\necho "[       OK ] Ring.Wraps (0 ms)"\n'
                'echo "[ RUN      ] Ring.Crashes"\nkill -SEGV $$\n',
    'leg.cpp': '#include <cstring>\nint main() { return std::strstr(WHERE, "/build/legs/unpacked") != nullptr ? 0 : 1; }\n',
    'src/meson.build': "executable('volley', 'main.cpp')\n",
    'src/main.cpp': '''
        #include <cstdio>
        int main(int count, char** words) {
          for (int i = 1; i < count; ++i) std::printf("<%s>", words[i]);
          for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
          return count;
        }''',
}
# Stand-ins: each notes its name and arguments in $CALLS; `apt-get install` brings what it is asked for.
STAND_IN = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n'
APT = STAND_IN + '''
case " $* " in
  *" install "*) for p; do case $p in g++ | meson | pkg-config) cp "$STAND_INS/$p" "$BIN/$p" ;; ninja-build) cp "$STAND_INS/ninja" "$BIN" ;; esac; done ;;
esac
'''
MESON = STAND_IN + 'mkdir -p "$ROOT/build/src"; printf "#!/bin/sh\\necho ran\\n" >"$ROOT/build/src/volley"; chmod +x "$ROOT/build/src/volley"\n'


class Script(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix='volley-script-')
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)
        self.root = self.checkout('a checkout')

    def checkout(self, name):
        root = self.place / name
        for path, text in PROJECT.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding='utf-8')
        (root / 'crash.sh').chmod(0o755)
        shutil.copy(SOURCE / 'volley', root)
        for path in ('tests/tally.py', 'tests/legs/legs.py'):
            shutil.copy(SOURCE / path, root / path)
        leg = root / 'tests/legs/dialect.ini'
        leg.write_text(leg.read_text(encoding='utf-8').replace('@COMPILER@', os.environ.get('CXX') or 'c++'), encoding='utf-8')
        return root

    def volley(self, *arguments, root=None, stdin='', **environment):
        everything = {**os.environ, **{name: str(value) for name, value in environment.items()}}
        everything.pop('CI', None)
        return subprocess.run([str((root or self.root) / 'volley'), *arguments], input=stdin, text=True, check=False,
                              capture_output=True, env=everything, cwd=self.place)

    def assertRan(self, done, stdout, code):
        self.assertEqual((done.stdout, done.stderr, done.returncode), (stdout, '', code))

    def bare_machine(self, user, *tools):
        """-> an environment in which there are a POSIX shell's usual tools and these, and no others."""
        bin_, stand_ins = self.place / 'bin', self.place / 'stand-ins'
        bin_.mkdir()
        stand_ins.mkdir()
        self.calls = self.place / 'calls'
        self.calls.touch()
        for tool in 'cat chmod cp dirname env grep mkdir nproc readlink rm sed sh true'.split():
            (bin_ / tool).symlink_to(shutil.which(tool))
        scripts = {'g++': STAND_IN, 'pkg-config': STAND_IN, 'meson': MESON, 'ninja': STAND_IN, 'apt-get': APT,
                   'sudo': STAND_IN + '[ "$1" = -n ] && shift\nexec "$@"\n', 'id': f'#!/bin/sh\necho {user}\n'}
        for name, text in scripts.items():
            (stand_ins / name).write_text(text, encoding='utf-8')
            (stand_ins / name).chmod(0o755)
        for name in ('id', *tools):
            shutil.copy(stand_ins / name, bin_)
        return {'PATH': bin_, 'BIN': bin_, 'STAND_INS': stand_ins, 'CALLS': self.calls, 'ROOT': self.root, 'CXX': ''}

    # The bare machine

    def assertRefused(self, done):
        self.assertEqual((done.returncode, done.stdout, done.stderr.count('\n')), (1, '', 1))
        self.assertIn('apt-get install -y --no-install-recommends g++ meson ninja-build pkg-config libcli11-dev '
                      'libfmt-dev nlohmann-json3-dev', done.stderr)
        self.assertFalse((self.root / 'build').exists())

    def test_without_apt_it_says_what_to_run(self):
        self.assertRefused(self.volley('pingpong', **self.bare_machine(0)))

    def test_without_root_it_says_what_to_run(self):
        self.assertRefused(self.volley('pingpong', **self.bare_machine(1000, 'apt-get')))
        self.assertEqual(self.calls.read_text(), '')

    def test_root_installs_once_and_only_what_is_missing(self):
        machine = self.bare_machine(0, 'apt-get', 'g++')
        for _ in range(2):
            done = self.volley('pingpong', **machine)
            self.assertEqual((done.stdout, done.returncode), ('ran\n', 0), done.stderr)
        installs = [line for line in self.calls.read_text().splitlines() if line.startswith('apt-get')]
        self.assertEqual([line.split()[-1] for line in installs], ['update', 'nlohmann-json3-dev'])
        self.assertIn('install -y --no-install-recommends meson ninja-build pkg-config libcli11-dev', installs[1])

    def test_others_install_through_sudo(self):
        done = self.volley('pingpong', **self.bare_machine(1000, 'apt-get', 'sudo'))
        self.assertEqual((done.stdout, done.returncode), ('ran\n', 0), done.stderr)
        self.assertIn('sudo env DEBIAN_FRONTEND=noninteractive apt-get', self.calls.read_text())

    def test_failed_install_is_shown(self):
        machine = self.bare_machine(0, 'apt-get')
        (machine['BIN'] / 'apt-get').write_text('#!/bin/sh\necho no network >&2\nexit 100\n', encoding='utf-8')
        done = self.volley('pingpong', **machine)
        self.assertEqual((done.stdout, done.returncode), ('', 1))
        self.assertIn('no network', done.stderr)

    def test_the_report_is_built_and_does_without_what_cannot_be_installed(self):
        machine = self.bare_machine(0, 'apt-get', 'g++')
        picky = machine['BIN'] / 'apt-get'
        picky.write_text(picky.read_text(encoding='utf-8') + 'case "$*" in *install*urcu* | *install*boost*) exit 100 ;; esac\n', encoding='utf-8')
        done = self.volley('report', '--quick', **machine)
        self.assertEqual((done.stdout, done.returncode), ('ran\n', 0), done.stderr)
        calls = self.calls.read_text()
        self.assertRegex(calls, 'meson setup .* -Dbench=true')
        self.assertRegex(calls, 'ninja .* src/volley bench/volley-report')

    # Building, then being the program

    def test_it_is_the_program_and_the_second_run_does_nothing_twice(self):
        self.assertRan(self.volley('pingpong', 'two words', '', stdin='for the program'),
                       '<pingpong><two words><>for the program', 4)
        before = {path: path.stat().st_mtime_ns for path in (self.root / 'build').rglob('*')}
        self.assertRan(self.volley(), '', 1)
        self.assertEqual({path: path.stat().st_mtime_ns for path in (self.root / 'build').rglob('*')}, before)
        link = self.place / 'elsewhere'
        link.symlink_to(self.root / 'volley')
        done = subprocess.run([str(link), 'test', '--list'], capture_output=True, text=True, check=False)
        self.assertIn('good', done.stdout, done.stderr)

    def test_interrupted_setup_and_moved_checkout(self):
        private = self.root / 'build/meson-private'
        private.mkdir(parents=True)
        (private / 'coredata.dat').touch()
        self.assertRan(self.volley('a'), '<a>', 2)

        moved = self.root.rename(self.place / "user's")
        copied = self.place / 'copy'
        shutil.copytree(moved, copied, symlinks=True)
        main = copied / 'src/main.cpp'
        main.write_text(main.read_text(encoding='utf-8').replace('<%s>', '(%s)'), encoding='utf-8')
        self.assertRan(self.volley('b', root=moved), '<b>', 2)
        self.assertRan(self.volley('c', root=copied), '(c)', 2)

    def test_broken_source_is_shown_and_nothing_runs(self):
        (self.root / 'src/main.cpp').write_text('int main() { return nonsense; }\n', encoding='utf-8')
        done = self.volley('a')
        self.assertEqual((done.stdout, done.returncode), ('', 1))
        self.assertIn('nonsense', done.stderr)

    # Testing

    def test_usage_needs_no_build(self):
        done = self.volley('test', '--help')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('--suite NAME', done.stdout)
        for wrong in (['--nonsense'], ['unit'], ['--suite'], ['--suite='], ['--suite', 'a b'], ['--leg'], ['--leg', 'none'],
                      ['--leg=../x'], ['--legs', '--list'], ['--replay'], ['--replay', 'x'], ['--replay', 'turn_model A.B 0'],
                      ['--replay', 'none A.B 0/1/2'], ['--replay', '../x A.B 0/1/2']):
            done = self.volley('test', *wrong)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count('\n')), (2, '', 1), wrong)
        self.assertFalse((self.root / 'build').exists())

    def test_closing_line(self):
        self.assertRan(self.volley('a'), '<a>', 2)  # what was configured without tests gets them
        for arguments, line, code in (
                (['--suite', 'unit'], '1 passed, 0 failed', 0),
                (['--suite=unit', '--suite', 'race'], '1 passed, 1 failed', 1),
                ([], '2 passed, 3 failed', 1),
                (['--slow'], '3 passed, 3 failed', 1),
                (['--suite', 'slow'], '1 passed, 0 failed', 0),
                (['--suite', 'crash'], '1 passed, 2 failed', 1),
                (['--suite', 'none'], '0 passed, 0 failed', 1)):
            done = self.volley('test', *arguments)
            self.assertEqual((done.stdout.splitlines()[-1], done.returncode), (line, code), done.stdout + done.stderr)
        listed = self.volley('test', '--list').stdout
        self.assertIn('bad', listed)
        self.assertNotIn('long', listed)

    # Legs

    def test_legs_bring_what_they_need(self):
        self.volley('test', '--legs', **self.bare_machine(0, 'apt-get', 'g++'))
        calls = [line for line in self.calls.read_text().splitlines() if line.startswith('apt-get')]
        self.assertRegex(calls[1], 'install .*meson .*clang clang-19 g\\+\\+-aarch64-linux-gnu .*qemu-user$')
        self.assertRegex(calls[-1], 'download libc\\+\\+-14-dev libc\\+\\+abi-14-dev libc\\+\\+-19-dev')

    def legs(self, *arguments):
        done = subprocess.run([sys.executable, '-B', str(self.root / 'tests/legs/legs.py'), *arguments], text=True, check=False,
                              capture_output=True, cwd=self.place)
        return done.stdout.splitlines()[-1:], done.returncode, done.stdout + done.stderr

    def test_legs_are_counted_together(self):
        for _ in range(2):  # the second time they are configured already
            *last, said = self.legs()
            self.assertEqual(last, [['1 passed, 2 failed'], 1], said)
            self.assertIn('FAILED nowhere: it does not build', said)
        *last, said = self.legs('dialect', '--', '--suite', 'unit')
        self.assertEqual(last, [['1 passed, 0 failed'], 0], said)
        (self.root / 'leg.cpp').write_text('nonsense\n', encoding='utf-8')
        *last, said = self.legs('dialect')
        self.assertEqual(last, [['0 passed, 1 failed'], 1], said)
        self.assertIn('nonsense', said)
        self.assertEqual(self.legs('unknown')[1], 2)


if __name__ == '__main__':
    unittest.main()
