# SPDX-License-Identifier: MIT
"""Each rule of check_progress.py, of the list of mutants and of the evidence against a sample that breaks it and one that does not."""
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / 'stress/mutants'), str(ROOT / 'stress/evidence')]
import check_progress  # noqa: E402
import evidence  # noqa: E402
import mutants  # noqa: E402
import structures  # noqa: E402

HEADER = '''// Progress: a push is wait-free. A pop waits.
namespace volley {
template <class T>
class some_ring {
  void push() { at_.store(1, release); }  // -> publish: it
};
}
'''
ENTRY = '''[some_ring]
header = "ring/some_ring.hpp"
suites = ["SomeModel"]
[some_ring.progress]
push = ["wait-free", "SomeModel.Goes"]
pop = ["waits", "SomeModel.Waits/type"]
'''
TESTS = {'SomeModel.Goes', 'SomeModel.Waits'}
WEAKENS = 'TEST(SomeModel, Goes) { every_order_is_needed("volley/ring/some_ring.hpp", x); }\n'


class Sample(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        self.write('include/volley/ring/some_ring.hpp', HEADER)
        self.write('include/volley/handoff/detail.hpp', 'namespace volley::detail {\nclass detail {};\n}\n')
        self.write('stress/model/some_test.cpp', WEAKENS)
        self.write('stress/model/survivors.md', 'None.\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def found(self, entry=ENTRY):
        self.write('structures.toml', entry)
        return list(structures.check(structures.load(self.root / 'structures.toml'), self.root, TESTS))


class Progress(Sample):
    def test_a_right_entry(self):
        self.assertEqual(self.found(), [])

    def test_what_is_wrong_is_said(self):
        for was, now, said in (('[some_ring]\n', '[other_ring]\n', None), ('SomeModel.Goes', 'SomeModel.Gone', 'is no test'),
                               ('"wait-free"', '"lock-free"', 'does not say that it is lock-free'),
                               ('"wait-free"', '"quick"', '"quick" is no class'), (', "SomeModel.Goes"', '', 'no test shows'),
                               ('["SomeModel"]', '["OtherModel"]', 'no suite'), ('some_ring.hpp', 'gone_ring.hpp', None)):
            found = self.found(ENTRY.replace(was, now)) if said else [said]
            self.assertEqual(len(found), 1, (was, found))
            self.assertIn(said or '', found[0] or '')

    def test_each_public_header_has_an_entry(self):
        self.write('include/volley/ring/new_ring.hpp', HEADER.replace('some_ring', 'new_ring'))
        self.assertEqual(self.found(), ['ring/new_ring.hpp: nothing is said of the progress of its operations'])

    def test_and_so_has_each_of_a_channel_that_speaks_of_progress(self):
        for text, said in ((HEADER, 1), (HEADER.replace('// Progress', '// Speed'), 0), (HEADER.replace('volley {', 'volley::detail {'), 0)):
            self.write('include/volley/channel/ends.hpp', text)
            self.assertEqual(len(self.found()), said)

    def test_each_header_with_orders_is_weakened(self):
        self.assertEqual(list(check_progress.orders(self.root)), [])
        self.write('stress/model/some_test.cpp', '')
        self.assertIn('no test weakens them', *check_progress.orders(self.root))

    def test_few_are_argued_for(self):
        self.write('stress/model/survivors.md', '- push: `x`, store as relaxed: why\n')
        self.assertIn('more than 3 in 100', *check_progress.orders(self.root))


class Mutants(Sample):
    ONE = {'name': 'one', 'header': 'x', 'edits': [['store(1', 'store(2']]}

    def test_a_text_is_there_once(self):
        self.assertIn('store(2', mutants.mutate(HEADER, self.ONE))
        for text in ('', HEADER + HEADER):
            with self.assertRaises(mutants.Rotten):
                mutants.mutate(text, self.ONE)

    def test_the_list_can_be_read(self):
        self.write('a.toml', '[[mutant]]\nname = "a"\nheader = "h"\nedits = []\ntest = "t"\n')
        self.assertEqual([m['name'] for m in mutants.load(self.root)], ['a'])
        for wrong in ('[[mutant]]\nname = "b"\nheader = "h"\nedits = []\n', '[[mutant]]\nname = "a"\nheader = "h"\nedits = []\ntest = "t"\n'):
            self.write('b.toml', wrong)
            with self.assertRaises(mutants.Rotten):
                mutants.load(self.root)

    def test_each_shipped_text_is_there(self):
        for mutant in mutants.load():
            text = (ROOT / 'include/volley' / mutant['header']).read_text(encoding='utf-8')
            self.assertNotEqual(mutants.mutate(text, mutant), text, mutant['name'])
            self.assertTrue((ROOT / mutant['test']).exists(), mutant['name'])


class Evidence(Sample):
    RIGHT = [{'kind': 'weakened', 'suite': 'SomeModel', 'test': 'Goes', 'header': 'volley/ring/some_ring.hpp', 'line': 5, 'function': 'push',
              'operation': 'store', 'order': 'release', 'as': 'relaxed', 'end': 'caught', 'why': ''},
             {'kind': 'frozen', 'suite': 'SomeModel', 'test': 'Goes', 'search': 'random', 'steps': 3, 'executions': 7},
             {'kind': 'waited', 'suite': 'SomeModel/type', 'test': 'Waits', 'step': 2, 'as': 'DEADLOCK'},
             {'kind': 'explored', 'suite': 'SomeModel', 'test': 'Goes', 'search': 'at most 2 preemptions', 'executions': 40},
             *({'kind': 'caught', 'suite': 'SomeModelMustFail', 'test': f'Mistake{n}', 'search': 'full search'} for n in range(40)),
             {'kind': 'mutant', 'name': 'm', 'header': 'ring/some_ring.hpp', 'by': 'SomeModel.Goes', 'seconds': 1}]

    def gather(self, records):
        self.write('structures.toml', ENTRY)
        self.write('build/evidence/records/a.jsonl', ''.join(json.dumps(record) + '\n' for record in records))
        self.write('build/meson-info/intro-tests.json', '[]')
        e = evidence.Evidence(self.root, self.root / 'build')
        e.structures = structures.load(self.root / 'structures.toml')
        e.never_executed = lambda: []
        return e.gather()

    def test_numbers_are_those_of_the_records(self):
        e = self.gather(self.RIGHT)
        self.assertEqual(e['missing'], [])
        ring = e['structures'][0]
        self.assertEqual((ring['executions']['bounded'], ring['orders'], ring['orders caught'], ring['mutants killed']), (40, 1, 1, 1))
        self.assertEqual([(o['freeze points'], o['held up from step']) for o in ring['operations']], [(3, None), (0, 2)])
        self.assertIn('| some_ring | push | wait-free | 3 | 7 | - |', evidence.markdown(e))
        self.assertIn('No run of these sources.', evidence.markdown(e))

    def stress(self, place, sanitizer, **row):
        structure = {'name': 'some_ring', 'operations': 1200, 'recorded': 1000, 'seconds': 90.0, 'verdict': 'ok', **row}
        self.write(f'build/{place}/stress.json', json.dumps({'sanitizer': sanitizer, 'structures': [structure]}))

    def test_minutes_are_those_of_the_runs_of_each_sanitizer(self):
        self.stress('evidence', 'none')
        self.stress('legs/thread', 'thread')
        self.stress('legs/thread-other', 'thread')
        e = self.gather(self.RIGHT)
        self.assertEqual(e['missing'], [])
        self.assertIn('| some_ring | 3,600 | 3,000 | 1.50 | 3.00 | no run |', evidence.markdown(e))

    def test_a_stress_that_failed_is_said_and_one_of_other_sources_does_not_count(self):
        self.stress('evidence', 'none', verdict='HANGS')
        self.assertEqual(self.gather(self.RIGHT)['missing'], ['stress, sanitizer none: some_ring HANGS'])
        os.utime(self.root / 'build/evidence/stress.json', (1, 1))
        e = self.gather(self.RIGHT)
        self.assertEqual((e['missing'], dict(e['stress'])), ([], {}))

    def test_what_is_missing_is_said(self):
        for kind, change, said in (('weakened', {'end': 'SURVIVED'}, '1 orders survived'), ('mutant', {'by': None}, 'mutant lives: m'),
                                   ('weakened', {'end': 'argued for'}, 'only argued for'),
                                   ('caught', {'suite': 'SomeModel'}, 'only 0 wrong'),
                                   ('frozen', {'executions': 0}, 'nothing was stopped beside it'),
                                   ('waited', {'suite': 'OtherModel'}, 'nothing has shown it')):
            e = self.gather([{**record, **(change if record['kind'] == kind else {})} for record in self.RIGHT])
            self.assertEqual(len(e['missing']), 1, e['missing'])
            self.assertIn(said, e['missing'][0])


if __name__ == '__main__':
    unittest.main()
