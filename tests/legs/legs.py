# SPDX-License-Identifier: MIT
"""Builds the unit and race tests in every leg, each in its own build directory, and runs them: legs.py [LEG]... [-- OPTION...]

A leg is a file LEG.ini beside this one: a compiler, a standard library, a machine, as meson wants it told. OPTIONs are for
`meson test`. A leg with a sanitizer has `volley stress` too, which writes stress.json into its build directory. VOLLEY_TEST_SCALE is 0.1 unless set. The last line counts all legs together; the exit code is 1 if one of them failed, or
did not build. What Debian does not install side by side is expected unpacked in build/legs/unpacked: `./volley test --legs` sees to it.
"""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / 'build' / 'legs'
sys.path.insert(0, str(HERE.parent))
from tally import tally  # noqa: E402  # it is not a package


def run(*command, log=None):
    """-> its exit code. With a log its output goes there, and is shown where it failed."""
    if log is None:
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
    with open(log, 'w', encoding='utf-8') as output:
        code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output).returncode
    if code:
        print('\n'.join(log.read_text(encoding='utf-8', errors='replace').splitlines()[-60:]))
    return code


def setup(leg):
    """-> whether the build directory of the leg is configured, for this very place."""
    file, build, place = HERE / f'{leg}.ini', BUILD / leg, BUILD / 'place.ini'
    constants = "[constants]\nunpacked = '{}'\n".format(str(BUILD / 'unpacked').replace('\\', r'\\').replace("'", r"\'"))
    if not place.exists() or place.read_text(encoding='utf-8') != constants:
        place.write_text(constants, encoding='utf-8')
    stamp, told = build / 'configured', constants + file.read_text(encoding='utf-8')
    if stamp.exists() and stamp.read_text(encoding='utf-8') == told:
        return True
    kind = '--cross-file' if re.search(r'^\[host_machine\]', told, re.M) else '--native-file'
    wipe = ['--wipe'] if (build / 'meson-private').exists() else []
    build.mkdir(exist_ok=True)
    program = str('b_sanitize' in told).lower()
    environment = [f'{name}=' for name in ('CXX', 'CXXFLAGS', 'CPPFLAGS', 'LDFLAGS')]  # the leg says what they are
    command = ['env', *environment, 'meson', 'setup', *wipe, f'{kind}={place}', f'{kind}={file}', f'-Dprogram={program}', '-Dleg=true',
               '-Dwerror=true', str(build), str(ROOT)]
    if run(*command, log=BUILD / f'{leg}.setup.log'):
        return False
    stamp.write_text(told, encoding='utf-8')
    return True


def run_leg(leg, options):
    """-> passed, failed, skipped."""
    build = BUILD / leg
    print(f'-- {leg}', flush=True)
    if not setup(leg) or run('ninja', '-C', str(build), '-j', str(os.cpu_count()), log=BUILD / f'{leg}.compile.log'):
        print(f'FAILED {leg}: it does not build', flush=True)
        return 0, 1, 0
    (build / 'meson-logs/testlog.json').unlink(missing_ok=True)
    code = run('meson', 'test', '-C', str(build), '--no-rebuild', '--print-errorlogs', *options)
    *counts, lines = tally(build, code)
    print(*lines, f'{leg}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped', sep='\n', flush=True)
    return counts


def main(arguments):
    every = sorted(path.stem for path in HERE.glob('*.ini'))
    cut = arguments.index('--') if '--' in arguments else len(arguments)
    legs, options = arguments[:cut] or every, arguments[cut + 1:]
    if unknown := [leg for leg in legs if leg not in every]:
        print(f"there is no leg '{unknown[0]}'; there are {', '.join(every)}", file=sys.stderr)
        return 2
    os.environ.setdefault('VOLLEY_TEST_SCALE', '0.1')
    BUILD.mkdir(parents=True, exist_ok=True)
    passed, failed, skipped = (sum(counts) for counts in zip(*[run_leg(leg, options) for leg in legs]))
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
