"""Is Volley there for others once it is installed, and as a subproject?

usage: package_test.py SOURCE_ROOT BUILD_DIR CASE   (the compiler is CXX, the meson MESON)
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = map(pathlib.Path, sys.argv[1:3])
CONSUMER = SOURCE / 'tests/package/consumer'
MESON = os.environ['MESON'].split()
CXX = os.environ['CXX'].split()


def run(*command, **environment):
    """Runs it and returns what it printed; if it fails, what it printed is the message."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})
    if done.returncode:
        raise AssertionError(f'{" ".join(words)}: exit code {done.returncode}\n{done.stdout}')
    return done.stdout


def files_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob('*') if path.is_file()}


class Package(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix='volley-package-')
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def option(self, name):
        options = json.loads((BUILD / 'meson-info/intro-buildoptions.json').read_text(encoding='utf-8'))
        return next(option['value'] for option in options if option['name'] == name)

    def install(self):
        """Installs the headers below a prefix of their own; -> the environment in which pkg-config finds them."""
        prefix = self.place / 'prefix'
        run(*MESON, 'setup', self.place / 'build', SOURCE, '--prefix', prefix, '-Dprogram=false')
        run(*MESON, 'install', '-C', self.place / 'build')
        pc, = prefix.rglob('volley.pc')
        return {'PKG_CONFIG_PATH': str(pc.parent)}

    def consume(self, *options, **environment):
        """Builds and runs the consumer, a project of its own in self.place; -> its build directory."""
        shutil.copytree(CONSUMER, self.place / 'consumer', dirs_exist_ok=True)
        build = self.place / 'consumer/build'
        run(*MESON, 'setup', build, self.place / 'consumer', *options, **environment)
        run(*MESON, 'compile', '-C', build)
        self.assertIn('volley works', run(build / 'consumer'))
        return build

    def test_install(self):
        run(*MESON, 'install', '-C', BUILD, '--no-rebuild', '--destdir', self.place)
        prefix = self.place / self.option('prefix').lstrip('/')
        self.assertEqual(files_below(prefix / self.option('includedir') / 'volley'), files_below(SOURCE / 'include/volley'))
        expected = {'volley.pc'}
        if self.option('program'):
            expected |= {'volley', 'volley-stress'}
            if self.option('bench'):
                expected.add('volley-report')
            self.assertIn('volley', run(prefix / self.option('bindir') / 'volley', '--help'))
        installed = files_below(prefix)
        self.assertEqual({pathlib.Path(name).name for name in installed if not name.endswith('.hpp')}, expected)

    def test_pkg_config(self):
        found = self.install()
        flags = run('pkg-config', '--cflags', '--libs', 'volley', **found).split()
        run(*CXX, '-std=c++20', '-Wall', '-Wextra', '-Werror', CONSUMER / 'main.cpp', *flags, '-o', self.place / 'consumer')
        self.assertIn('volley works', run(self.place / 'consumer'))

    def test_meson_pkg_config(self):
        self.consume('--wrap-mode=nofallback', **self.install())

    def test_meson_subproject(self):
        subprojects = self.place / 'consumer/subprojects'
        subprojects.mkdir(parents=True)
        (subprojects / 'volley').symlink_to(SOURCE)
        build = self.consume('--force-fallback-for=volley')
        for what in ('targets', 'tests'):
            listed = json.loads((build / f'meson-info/intro-{what}.json').read_text(encoding='utf-8'))
            self.assertEqual([one['name'] for one in listed], ['consumer'], f'the consumer got our {what}')


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], f'Package.test_{sys.argv[3]}'])
