# SPDX-License-Identifier: MIT
"""A C++ file as a lint needs it: code and comments apart, statements, blocks. No parser: it knows our style only."""
import re

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^()\\ ]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])*\'',
                   re.DOTALL)
LABEL = re.compile(r'(?:case\b[^:;]*(?:::[^:;]*)*|default|public|private|protected)\s*:(?!:)\s*')
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.MULTILINE)
TEST = re.compile(r'\b(?:TYPED_)?TEST(?:_F|_P)?\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)')
OPEN, CLOSE = '([{', ')]}'


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def blank(text):
    return re.sub(r'[^\n]', ' ', text)


def tests_in(root):
    """The names, Suite.Test, of all tests in C++."""
    code = [path for folder in ('tests', 'stress') for ext in ('*.hpp', '*.cpp') for path in (root / folder).rglob(ext)]
    return {'.'.join(names) for path in code for names in TEST.findall(path.read_text(encoding='utf-8'))}


class Source:
    def __init__(self, text):
        self.text, self.lines = text, text.split('\n')
        self.comments = {}                      # line -> (column, text, 'behind' code, 'alone' or 'more' of one behind)
        self.plain = TOKEN.sub(self._take, text)                        # without comments and strings, lengths kept
        self.code = DIRECTIVE.sub(lambda m: blank(m.group()), self.plain)  # and without the preprocessor's lines
        self.blocks = list(blocks(self.code))

    def _take(self, match):
        token = match.group()
        if token.startswith('//'):
            start = self.text.rfind('\n', 0, match.start()) + 1
            line, column = line_of(self.text, start), match.start() - start
            before = self.comments.get(line - 1, (None, '', 'alone'))  # the formatter goes on in the same column
            more = 'more' if before[0] == column and before[2] != 'alone' else 'alone'
            place = 'behind' if self.text[start:match.start()].strip() else more
            self.comments[line] = (column, token[2:].strip(), place)
        return blank(token)

    def statement(self, offset):
        """The offsets where the statement around this one starts and ends."""
        start = max(self.code.rfind(c, 0, offset) for c in ';{}') + 1
        start += len(self.code[start:offset]) - len(self.code[start:offset].lstrip())
        label = LABEL.match(self.code, start, offset)
        end = re.compile(r'[;{]|$').search(self.code, offset).start()
        return (label.end() if label else start), end

    def arguments(self, offset):
        """The arguments of the call whose parenthesis opens just before offset, and where it closes."""
        depth, start, found = 0, offset, []
        for i in range(offset, len(self.code)):
            c = self.code[i]
            if c in OPEN:
                depth += 1
            elif c in CLOSE and depth:
                depth -= 1
            elif c in CLOSE or (c == ',' and not depth):
                found.append(self.code[start:i].strip())
                start = i + 1
                if c != ',':
                    return found, i
        return found, len(self.code) - 1

    def note(self, offset, end, wanted):
        """The comment that speaks for the call: behind it, above it, above its statement or behind its statement."""
        first, last, (begin, stop) = line_of(self.code, offset), line_of(self.code, end), self.statement(offset)
        until = line_of(self.code, min(stop, len(self.code) - 1))
        places = [(self._behind, n) for n in range(last, first - 1, -1)]
        places += [(self._above, first), (self._above, line_of(self.code, begin))]
        places += [(self._behind, n) for n in range(last + 1, until + 1)]
        for look, line in places:
            if (note := look(line, wanted)):
                return note
        return None

    def _behind(self, line, wanted):
        _, text, place = self.comments.get(line, (0, '', 'alone'))
        if place != 'behind' or not wanted.match(text):
            return None
        parts = [text]
        while (more := self.comments.get(line + len(parts))) and more[2] == 'more':
            parts.append(more[1])
        return line, '\n'.join(parts)

    def _above(self, line, wanted):
        parts = []
        while (more := self.comments.get(line - 1 - len(parts))) and more[2] == 'alone':
            parts.insert(0, more[1])
        first = next((i for i, part in enumerate(parts) if wanted.match(part)), None)
        return None if first is None else (line - len(parts) + first, '\n'.join(parts[first:]))

    def declares(self, receiver, *types):
        """Whether this file declares the object that is called as one of these templates."""
        member = re.search(r'(\w+)(?:\[.*\]|\(.*\))?$', receiver)
        return member and re.search(rf'\b(?:{"|".join(types)})\s*<[^;{{}}]*>\s*[&*]?\s*{member.group(1)}\b', self.code)


def without_template(head):
    """A declaration without its template<...>, attributes and alignas, and whether it was a template."""
    head = re.sub(r'\[\[.*?\]\]|\balignas\s*\([^()]*(?:\([^()]*\)[^()]*)*\)', ' ', head).strip()
    was = False
    while (match := re.match(r'template\s*<', head)):
        was, depth, end = True, 1, match.end()
        while depth and end < len(head):
            depth += {'<': 1, '>': -1}.get(head[end], 0)
            end += 1
        head = head[end:].strip()
    return head, was


def blocks(code):
    """Yields (kind, head, start of head, opening brace, closing brace, depth in functions) for each block, and
    ('declaration', text, start, end, end, 0) for each declaration at namespace scope."""
    stack, start = [], 0
    for i, c in enumerate(code):
        if c == '}' and stack:
            kind, head, begin, opened = stack.pop()
            yield kind, head, begin, opened, i, sum(k == 'function' for k, *_ in stack)
            if kind != 'initialiser':
                start = i + 1
        elif c in ';{':
            head = code[start:i]
            if head.strip() and all(k == 'namespace' for k, *_ in stack):
                yield 'declaration', head, start, i, i, 0
            if c == '{':
                stack.append((kind_of(head), head, start, i))
                if stack[-1][0] == 'initialiser':
                    continue
            start = i + 1


def kind_of(head):
    bare, _ = without_template(head)
    if re.search(r'(?:[(,=<\[]|\breturn)$', bare):
        return 'initialiser'
    if re.search(r'\)\s*(?:noexcept(?:\([^)]*\))?)?\s*:(?!:)[^?]*[\w>]$', bare):  # a constructor's list: a_{1}
        return 'initialiser'
    if re.match(r'(?:inline\s+)?namespace\b|extern\b', bare):
        return 'namespace'
    if re.search(r'\b(?:class|struct|union|enum|concept)\b[^()]*$', bare):
        return 'class'
    return 'function' if '(' in bare else 'block'
