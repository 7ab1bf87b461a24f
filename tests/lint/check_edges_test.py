# SPDX-License-Identifier: MIT
"""Each rule of check_edges.py and check_headers.py against a sample that breaks it and samples that do not."""
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import check_edges
import check_headers
from cpp_source import Source

HOUSE_STYLE = '''\
// SPDX-License-Identifier: MIT
#pragma once
// One producer, one consumer.
//
// Edges
//   publish   push: slot.phase.store -> pop: slot.phase.load  construct, take  dies: SpscRingModel.EveryOrderIsNeeded
//   vacate    pop: head_.store -> push: head_.load            take, construct  dies: SpscRingModel.EveryOrderIsNeeded
//   hand_over pass: word_.exchange -> pass: word_.exchange
//             all before pass      dies: SpscRingModel.EveryOrderIsNeeded, TurnModel.OneTurnAtATime
//   sleep     prepare: waiters_.store <> notify: waiters_.load   no lost wake-up   dies: TurnModel.OneTurnAtATime

namespace volley {
template <class Env>
class ring {
  using enum std::memory_order;
  void push() {
    const auto tail = tail_.load(relaxed);  // ~ own
    head_seen_ = head_.load(acquire);  // <- vacate: slots below head are empty
    slot.phase.store(phase, release);  // -> publish: the slot holds a value
  }
  bool pop() {
    if (slot.phase.load(acquire) == 0) return false;  // <- publish: this value may be read
    // -> vacate: the slot is
    // free from here on
    head_.store(head + 1, std::memory_order::release);
    return true;
  }
  void pass() {
    const auto old = word_.exchange(next, acq_rel);  // <- hand_over, -> hand_over: what the passer did before
    // ~ hint(hand_over): a failed set is re-read; ~ hint(hand_over)
    if (word.compare_exchange_strong(seen, seen | parked, relaxed, relaxed)) {
      passed_.fetch_add(1, relaxed);  // ~ count: for the report
    }
    if (!word_.compare_exchange_weak(seen, static_cast<std::uint32_t>(a_rather_long_name(one, two)) | parked,
                                     std::memory_order_acquire, relaxed)) {  // <- hand_over: ours; ~ chain(hand_over)
      return;
    }
    return fail(head_.load(relaxed),
                tail_.load(relaxed));  // ~ hint(vacate); ~ hint(publish): a size; it may be old
  }
  void sleep() {
    waiters_.store(1, seq_cst);  // <> sleep: this store, then that load
    if (waiters_.load(seq_cst) == 0) Env::heavy_fence();  // <> sleep: that store, then this load; <> sleep
    counter_.fetch_sub(1, release);                       // -> hand_over: both comments stand in one column,
                                                          // and this one goes on in the next line
    /* x.load() in a comment */ log("x.load() in a string", 'x', 1'000);
  }
};
}  // namespace volley
'''
MODEL = 'TEST(SpscRingModel, EveryOrderIsNeeded) {}\nTYPED_TEST(TurnModel, OneTurnAtATime) {}\n'
ROW = '//   go  a: x.store -> b: x.load  first before second  dies: TurnModel.OneTurnAtATime\n'


def header(body, rows=ROW, lead='// SPDX-License-Identifier: MIT\n#pragma once\n'):
    return lead + ('// Edges\n' + rows + '\n' if rows else '\n') + body


def both_ends(*more):
    """A function with both ends of the edge `go`, and these lines."""
    lines = ('x.store(1, release);  // -> go: first is done', 'x.load(acquire);  // <- go: second may start') + more
    return 'void f() {\n  ' + '\n  '.join(lines) + '\n}\n'


class Lint(unittest.TestCase):
    def edges(self, files):
        """What check_edges says about a tree of these files; a bare string is include/volley/ring/x.hpp."""
        files = files if isinstance(files, dict) else {'include/volley/ring/x.hpp': files}
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {'stress/model/x.cpp': MODEL, **files}.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding='utf-8')
            self.checker = check_edges.Checker(Path(folder))
            return [f'{path}:{line}: {message}' for path, line, message in self.checker.run()]

    def headers(self, text, where='ring/x.hpp'):
        return [f'{line}: {message}' for line, message in check_headers.check(where, Source(text))]

    def good(self, findings):
        self.assertEqual(findings, [])

    def bad(self, findings, *wanted):
        """Exactly these findings, each known by a part of it."""
        self.assertEqual(len(findings), len(wanted), findings)
        for part in wanted:
            self.assertTrue(any(part in finding for finding in findings), (part, findings))

    def line(self, *lines):
        return self.edges(header(both_ends(*lines)))


class Calls(Lint):
    def test_house_style_passes(self):
        self.good(self.edges(HOUSE_STYLE))
        self.good(self.headers(HOUSE_STYLE))
        self.assertEqual(self.checker.calls, 15)

    def test_a_call_without_tag(self):
        self.bad(self.line('x.load(relaxed);'), ':9: load(relaxed) has no tag')
        self.bad(self.line('x.load(relaxed);  // the size'), 'has no tag')
        self.bad(self.line('// ~ own', '', 'x.load(relaxed);'), 'has no tag')
        self.bad(self.line('x.load(relaxed);', '// ~ own'), 'has no tag')

    def test_a_tag_is_not_borrowed_from_the_line_above(self):
        self.bad(self.line('y.load(relaxed);  // ~ own', 'x.load(relaxed);'), ':10: load(relaxed) has no tag')
        wrapped = 'y.compare_exchange_weak(a, b, relaxed, relaxed);  // ~ own;'
        more = wrapped.index('//') * ' ' + '// ~ own'
        self.good(self.line(wrapped, more))
        self.bad(self.line(wrapped, more, 'x.load(relaxed);'), ':11: load(relaxed) has no tag')

    def test_a_call_without_order(self):
        self.bad(self.line('x.load();  // ~ own'), 'load names no order')
        self.bad(self.line('x.fetch_add(1);'), 'fetch_add names no order')
        self.bad(self.line('x.store(value, order);'), 'store names no order')
        self.bad(self.line('x.compare_exchange_weak(a, b, acq_rel);'), 'names 1 of its 2 orders')

    def test_env_forwards_orders_but_tags_its_own(self):
        text = header('struct a {\n  int load(std::memory_order order) { return v.load(order); }\n'
                      '  bool cas() { return v.compare_exchange_weak(e, d, success, failure); }\n'
                      '  int own() { return v.load(std::memory_order_relaxed); }\n};\n', '')
        self.bad(self.edges({'include/volley/env/x.hpp': text}), ':7: load(relaxed) has no tag')
        self.bad(self.edges(text), 'load names no order', 'compare_exchange_weak names no order', 'has no tag')

    def test_what_is_no_atomic_needs_no_order(self):
        words = 'typename Env::template words<sizeof(T)> payload_;'
        self.good(self.line(words, 'payload_.load();', 'payload_.store(v);'))

    def test_a_wrapped_call(self):
        self.good(self.line('x.store(long_argument,', '        relaxed);  // ~ init'))
        self.good(self.line('// ~ init', 'x.store(long_argument,', '        relaxed);'))
        self.good(self.line('// ~ own', 'const auto n =', '    x.load(relaxed);'))
        self.bad(self.line('// ~ own', 'n = 1;', 'y.store(long_argument,', '        relaxed);'), ':11: store(relaxed)')

    def test_orders_that_do_not_exist(self):
        self.bad(self.line('x.load(release);  // -> go: x'), 'release is no order for load')
        self.bad(self.line('x.store(1, acq_rel);  // <- go, -> go: x'), 'acq_rel is no order for store')
        self.bad(self.line('x.load(consume);  // <- go: x'), 'consume is no order for load')
        self.bad(self.line('x.compare_exchange_weak(a, b, acquire, release);  // <- go: x; -> go: x'),
                 'release is no order for a failed compare_exchange_weak')

    def test_nothing_checked_is_a_failure(self):
        for text, result in (('int f();\n', 1), (header(both_ends()), 0), (header(both_ends('x.load();')), 1)):
            with tempfile.TemporaryDirectory() as folder, unittest.mock.patch('builtins.print'):
                for name, content in (('include/volley/x.hpp', text), ('tests/x.cpp', MODEL)):
                    Path(folder, name).parent.mkdir(parents=True)
                    Path(folder, name).write_text(content, encoding='utf-8')
                self.assertEqual(check_edges.main(['', folder]), result)


class Tags(Lint):
    def test_the_tag_agrees_with_the_order(self):
        for line in ('x.store(1, release);  // <- go: x', 'x.load(acquire);  // -> go: x', 'x.load(acquire);  // ~ own',
                     'x.load(relaxed);  // <- go: x', 'x.exchange(1, acq_rel);  // -> go: x',
                     'x.exchange(1, acq_rel);  // <- go: x', 'x.exchange(1, acquire);  // <- go, -> go: x',
                     'x.fetch_or(1, release);  // <- go, -> go: x',
                     'x.load(seq_cst);  // <- go: x', 'x.exchange(1, seq_cst);  // ~ count'):
            with self.subTest(line):
                self.bad(self.line(line), 'is tagged')
        self.bad(self.line('x.load(acquire);  // <> go: x'), 'is tagged', 'stands alone', 'has no "<>"')

    def test_both_orders_of_a_compare_exchange_are_tagged(self):
        cas = 'x.compare_exchange_strong(a, b, acq_rel, acquire);  // '
        self.good(self.line(cas + '<- go, -> go: ours; <- go: theirs'))
        self.good(self.line('// <- go, -> go: ours', '// <- go: theirs', cas[:-4]))
        self.bad(self.line(cas + '<- go, -> go: ours'), '2 orders (acq_rel, acquire) but 1 tags')
        self.bad(self.line(cas + '<- go, -> go: ours; ~ hint(go)'), 'acquire is tagged "~"')

    def test_two_calls_in_one_statement(self):
        self.good(self.line('return x.load(relaxed) - y.load(relaxed);  // ~ hint(go); ~ own'))
        nested = 'x.store(x.load(relaxed) + 1, release);  // '
        self.good(self.line(nested + '~ own; -> go: one more'))
        self.bad(self.line(nested + '-> go: one more; ~ own'), 'release is tagged "~"', 'relaxed is tagged "->"')
        self.bad(self.line('return x.load(relaxed) - y.load(relaxed);  // ~ own'), '2 orders (relaxed, relaxed) but 1')

    def test_reasons(self):
        for reason in ('own', 'init', 'count', 'hint(go)', 'chain(go)', 'hint(go): and why'):
            self.good(self.line(f'x.load(relaxed);  // ~ {reason}'))
        for reason in ('because', 'hint', 'own nobody else', 'own(go)', ''):
            self.bad(self.line(f'x.load(relaxed);  // ~ {reason}'), 'is no reason')

    def test_reasons_lean_on_edges_that_exist(self):
        self.bad(self.line('x.load(relaxed);  // ~ hint(gone)'), 'edge gone')
        self.bad(self.line('x.load(relaxed);  // ~ chain(go, gone)'), 'edge gone')
        other = '#include <volley/ring/x.hpp>\nvoid g() {\n  x.load(relaxed);  // ~ hint(go)\n}\n'
        files = {'include/volley/ring/x.hpp': header(both_ends()),
                 'include/volley/ring/y.hpp': header(other, '')}
        self.good(self.edges(files))
        files['include/volley/ring/y.hpp'] = header(other.split('\n', 1)[1], '')
        self.bad(self.edges(files), 'y.hpp:5: "~" leans on edge go')

    def test_names_are_words(self):
        for name in ('step_2', 'Step', '_step'):
            no_word = f'edge "{name}" is no lower-case word'
            self.bad(self.edges(header(both_ends(), ROW).replace('go', name)), no_word, no_word)
        self.bad(self.line('x.load(acquire);  // <- go slots are empty'), 'cannot be read')

    def test_an_edge_says_what_it_makes_visible(self):
        self.bad(self.line('x.load(acquire);  // <- go'), 'not what it makes visible')


class Edges(Lint):
    def test_each_end_has_its_other_end(self):
        one, other = both_ends().split('\n')[1:3]
        self.bad(self.edges(header(f'void f() {{\n{one}\n}}\n')), '"-> go" has no "<- go"')
        self.bad(self.edges(header(f'void f() {{\n{other}\n}}\n')), '"<- go" has no "-> go"')

    def test_the_other_end_in_another_header_that_the_row_names(self):
        one, other = both_ends().split('\n')[1:3]
        row, back = ROW.replace('b: x.load', 'b (ring/y.hpp): x.load'), ROW.replace('a: x', 'a (ring/x.hpp): x')
        files = {'include/volley/ring/x.hpp': header(f'void f() {{\n{one}\n}}\n', row),
                 'include/volley/ring/y.hpp': header(f'void f() {{\n{other}\n}}\n', back)}
        self.good(self.edges(files))
        files['include/volley/ring/x.hpp'] = header(f'void f() {{\n{one}\n}}\n')
        self.bad(self.edges(files), 'x.hpp:7: "-> go" has no')
        self.bad(self.edges(header(both_ends(), row)), 'names ring/y.hpp, which is no other header')

    def test_each_edge_is_in_the_table(self):
        self.bad(self.edges(header(both_ends(), '')), 'edge go is not in the table')
        self.bad(self.edges(header(both_ends(), ROW + ROW.replace('go', 'gone'))), 'row gone is used by no operation')
        self.bad(self.edges(header(both_ends(), ROW + ROW)), 'second row')

    def test_the_table_ends_with_its_comment_paragraph(self):
        self.good(self.edges(header(both_ends(), ROW + '//\n//   Others may follow.\n')))

    def test_rows(self):
        self.bad(self.edges(header(both_ends(), ROW.replace('->', 'to'))), 'shows no "->"', 'has no "->"')
        self.bad(self.edges(header(both_ends(), ROW.replace('dies: ', ''))), 'does not end in "dies: Suite.Test"')
        self.bad(self.edges(header(both_ends(), ROW.replace('OneTurn', 'Turns'))), 'names TurnModel.TurnsAtATime')
        self.bad(self.edges(header(both_ends(), ROW.replace('->', '<>'))), 'row go has no "->"')

    def test_full_fences(self):
        row = '//   nap  a: x.store <> b: x.load  either sees the other  dies: TurnModel.OneTurnAtATime\n'
        once, twice = 'x.store(1, seq_cst);  // <> nap: this, then that', 'x.load(seq_cst);  // <> nap: that, then this'
        self.good(self.edges(header(both_ends(once, twice), ROW + row)))
        fence = twice.replace('x.load(seq_cst)', 'Env::light_fence()')
        self.good(self.edges(header(both_ends(once, fence), ROW + row)))
        self.bad(self.edges(header(both_ends(once), ROW + row)), 'stands alone')
        self.bad(self.edges(header(both_ends(once, 'Env::light_fence();', twice), ROW + row)), 'fence(seq_cst) has no')

    def test_a_relaxed_store_ends_a_release_sequence(self):
        self.bad(self.line('x.store(2, relaxed);  // ~ own'), 'relaxed store to x, which line 7 releases')
        self.bad(self.line('s_[i].x.fetch_or(1, release);  // -> go: x', 'this->s_[i].x.store(2, relaxed);  // ~ own'),
                 'relaxed store to s_[i].x, which line 9 releases')
        self.good(self.line('y.store(2, relaxed);  // ~ own'))
        self.good(self.line('x.store(2, relaxed);  // ~ init: nobody sees it yet'))
        self.good(self.line('}', 'void g() {', '  x.store(2, relaxed);  // ~ own'))

    def test_programs_tag_too_but_owe_no_table(self):
        text = 'std::atomic<int> x;\n' + both_ends()
        self.good(self.edges({'src/x.cpp': text + 'auto y = config.load(); z.exchange(1);\n'}))
        self.bad(self.edges({'src/x.cpp': text + 'int y = x.load();\n'}), 'load names no order')
        self.bad(self.edges({'src/x.cpp': text.replace('<- go', '<- gone')}), 'has no "<- go"', 'has no "-> gone"')


class Headers(Lint):
    def test_lead(self):
        self.good(self.headers(header('', '')))
        self.bad(self.headers(header('', '', '#pragma once\n')), 'SPDX')
        self.bad(self.headers(header('', '', '// SPDX-License-Identifier: MIT\n')), 'pragma once')

    def test_operating_system_headers(self):
        for name in ('linux/futex.h', 'sys/mman.h', 'unistd.h', 'sched.h', 'pthread.h', 'csignal', 'time.h'):
            self.bad(self.headers(header(f'#include <{name}>\n', '')), 'operating system')
            self.good(self.headers(header(f'#include <{name}>\n', ''), 'env/os/x.hpp'))
        self.bad(self.headers(header('#include <unistd.h>\n', ''), 'env/native.hpp'), 'operating system')
        self.good(self.headers(header('#include <cstdint>\n#include <chrono>\n#include <volley/env/os/cpu.hpp>\n', '')))

    def test_layers_depend_one_way(self):
        for where, name in (('ring/x.hpp', 'wait/crowd.hpp'), ('handoff/x.hpp', 'ring/laps.hpp'), ('env/x.hpp', 'wait/seat.hpp'),
                            ('wait/x.hpp', 'handoff/turn.hpp')):
            self.bad(self.headers(header(f'#include <volley/{name}>\n', ''), where), 'layers depend one way')
        for where, name in (('handoff/x.hpp', 'wait/crowd.hpp'), ('ring/x.hpp', 'env/os/cpu.hpp'), ('wait/x.hpp', 'status.hpp'),
                            ('channel/x.hpp', 'ring/laps.hpp')):
            self.good(self.headers(header(f'#include <volley/{name}>\n', ''), where))

    def test_atomics_and_fences_live_in_env(self):
        for text in ('std::atomic<int> x;', 'std::atomic_ref<int> x;', 'int x = __atomic_load_n(&y, 0);',
                     'void f() { std::atomic_thread_fence(seq_cst); }'):
            self.bad(self.headers(header(text + '\n', '')), ': ')
            self.good(self.headers(header(text + '\n', ''), 'env/x.hpp'))
        self.good(self.headers(header('// std::atomic<int> in words\nusing x = Env::atomic<int>;\n', '')))

    def test_interference_size(self):
        text = header('struct alignas(std::hardware_destructive_interference_size) x {};\n', '')
        self.bad(self.headers(text, 'env/x.hpp'), 'ABI')

    def test_macros(self):
        self.bad(self.headers(header('#define CACHE_LINE 64\n', '')), 'macro CACHE_LINE')
        self.good(self.headers(header('#define VOLLEY_CACHE_LINE 64\n', '')))

    def test_linkage(self):
        for text in ('static int f() { return 1; }', 'static int x = 1;', 'template <class T> static void f();',
                     'namespace detail {\nstatic void f();\n}'):
            self.bad(self.headers(header(text + '\n', '')), 'static at namespace scope')
        for text in ('constexpr int x = 1;', 'namespace detail {\nconstexpr auto x = f(1);\n}', 'constexpr int x{1};'):
            self.bad(self.headers(header(text + '\n', '')), 'constexpr variable without inline')
        self.bad(self.headers(header('namespace {\nint f();\n}\n', '')), 'unnamed namespace')
        for text in ('inline constexpr int x = 1;', 'constexpr int f() { return 1; }',
                     'template <class T>\nconstexpr bool x = true;',
                     'class a {\n  static constexpr int x = 1;\n  static int f();\n};',
                     'static_assert(sizeof(int) == 4);', 'inline int f() { static int x = 1; return x; }',
                     'struct a {\n  a() : x{1}, y(2) { static int z; }\n};'):
            self.good(self.headers(header(text + '\n', '')))

    def test_sizes(self):
        self.good(self.headers(header('//\n' * 247, '')))
        self.bad(self.headers(header('//\n' * 248, '')), '251 lines')
        self.good(self.headers(header('void f() {\n' + '  g();\n' * 38 + '}\n', '')))
        for start, end in (('template <class T>\nvoid f() {\n', '}\n'), ('struct a {\n  a() : x{1} {\n', '  }\n};\n')):
            self.bad(self.headers(header(start + '  g();\n' * 39 + end, '')), 'a function of 41 lines')


if __name__ == '__main__':
    unittest.main()
