"""Reads the seed graph's facts files: the part of the language that they use, and nothing more.

    .source "000.txt"
    zone("祁县经济开发区") @ 233.
    located_in("伊利集团", "祁县经济开发区", since: "2019") @ 57-63, 99.

A file is read line by line, one statement a line, so that every finding has a line of its own.
"""

import re
from pathlib import Path

GENERAL_KNOWLEDGE = "general knowledge"

_TEXT = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"-?\d+(?:\.\d+)?"
_NAME = r"[^\W\d]\w*"
_TOKEN = re.compile(rf"\s*(?:(?P<text>{_TEXT})|(?P<number>{_NUMBER})|(?P<name>{_NAME})|(?P<mark>[(),:]))")
_LINES = re.compile(r"\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*")
_COMMENT = re.compile(r'^((?:[^"/]|"(?:[^"\\]|\\.)*"|/(?!/))*)//.*$')


class Malformed(Exception):
    """A line that is not in the form above; the message says what was expected."""


class Fact:
    """One fact: a label (one end), an edge or an alias (two ends)."""

    __slots__ = ("path", "line", "relation", "ends", "properties", "source", "ranges")

    def __init__(self, path, line, relation, ends, properties, source, ranges):
        self.path, self.line = path, line
        self.relation, self.ends, self.properties = relation, ends, properties
        self.source, self.ranges = source, ranges

    @property
    def is_label(self):
        return len(self.ends) == 1

    @property
    def is_alias(self):
        return self.relation == "alias"

    @property
    def is_edge(self):
        return len(self.ends) == 2 and not self.is_alias

    @property
    def is_general_knowledge(self):
        return self.source == GENERAL_KNOWLEDGE

    def identity(self):
        """What makes the fact one fact: all but its citation."""
        return (self.relation, tuple(self.ends), tuple(sorted(self.properties.items(), key=str)))


class Schema:
    """The labels and edge types of schema.dl, with their ends and property types."""

    def __init__(self):
        self.labels = {}
        self.edges = {}
        self.derived = set()


def strip_comment(line):
    """The line without its `//` comment; slashes inside quotes stay."""
    match = _COMMENT.match(line)
    return (match.group(1) if match else line).strip()


def unquote(text):
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def parse_arguments(text):
    """`relation("a", "b", key: 1)` as (relation, ends, properties), and where the reading stopped."""
    position, tokens = 0, []
    depth = 0
    while True:
        match = _TOKEN.match(text, position)
        if not match:
            raise Malformed(f"not a fact near {text[position:position + 20]!r}")
        tokens.append(match)
        position = match.end()
        depth += {"(": 1, ")": -1}.get(match.group("mark"), 0)
        if depth == 0 and match.group("mark") == ")":
            break
        if depth == 0 and len(tokens) > 1:
            raise Malformed("a fact is a name and its arguments in parentheses")
    if tokens[0].group("name") is None:
        raise Malformed("a fact begins with the name of a label or edge type")

    ends, properties = [], {}
    index = 2
    while index < len(tokens) - 1:
        key = None
        if tokens[index].group("name") and tokens[index + 1].group("mark") == ":":
            key = tokens[index].group("name")
            index += 2
        token = tokens[index]
        if token.group("text"):
            value = unquote(token.group("text"))
        elif token.group("number"):
            printed = token.group("number")
            value = float(printed) if "." in printed else int(printed)
        elif token.group("name") in ("true", "false"):
            value = token.group("name") == "true"
        else:
            raise Malformed(f"a text, number or boolean was expected, not {token.group().strip()!r}")
        if key is None:
            if not isinstance(value, str) or properties:
                raise Malformed("ends are texts and stand before the properties")
            ends.append(value)
        elif key in properties:
            raise Malformed(f"property {key} is given twice")
        else:
            properties[key] = value
        index += 1
        if index < len(tokens) - 1 and tokens[index].group("mark") != ",":
            raise Malformed(f"a comma was expected before {tokens[index].group().strip()!r}")
        index += 1
    if len(ends) not in (1, 2):
        raise Malformed("a fact has one end (a label) or two (an edge or an alias)")
    return tokens[0].group("name"), ends, properties, position


def parse_ranges(text):
    """`99, 105-107` as [(99, 99), (105, 107)]."""
    ranges = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        ranges.append((int(first), int(last or first)))
        if ranges[-1][0] > ranges[-1][1]:
            raise Malformed(f"the range {part.strip()} runs backwards")
    return ranges


def read_facts(path):
    """The facts of one file and its malformed lines as (line, message)."""
    facts, malformed, source = [], [], None
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        text = strip_comment(line)
        if not text:
            continue
        try:
            directive = re.fullmatch(rf"\.source\s+({_TEXT})", text)
            if directive:
                source = unquote(directive.group(1))
                continue
            relation, ends, properties, end = parse_arguments(text)
            tail = re.fullmatch(rf"(?:@\s*({_LINES.pattern}))?\s*\.", text[end:].strip())
            if not tail:
                raise Malformed("after the arguments: `@ lines` and a full stop")
            ranges = parse_ranges(tail.group(1)) if tail.group(1) else []
            facts.append(Fact(Path(path), number, relation, ends, properties, source, ranges))
        except Malformed as error:
            malformed.append((number, str(error)))
    return facts, malformed


_NODE = re.compile(r"\.node\s+(\w+)\s*\((.*)\)")
_EDGE = re.compile(r"\.edge\s+(\w+)\s*\(([^,()]+),([^,()]+)((?:,[^()]*)?)\)")
_RULE = re.compile(r"(\w+)\([^()]*\)\s*:-.*\.")
TYPES = {"symbol", "number", "unsigned", "float", "boolean"}


def read_schema(path):
    """The schema and the lines that are no schema, as (line, message)."""
    schema, malformed = Schema(), []

    def attributes(text):
        result = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, type_name = (piece.strip() for piece in part.partition(":"))
            if type_name not in TYPES:
                raise Malformed(f"{part!r} is not `property: type`")
            result[name] = type_name
        return result

    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        text = strip_comment(line)
        if not text:
            continue
        try:
            if match := _NODE.fullmatch(text):
                schema.labels[match.group(1)] = attributes(match.group(2))
            elif match := _EDGE.fullmatch(text):
                ends = [
                    None if side.strip() == "_" else {label.strip() for label in side.split("|")}
                    for side in (match.group(2), match.group(3))
                ]
                schema.edges[match.group(1)] = (ends[0], ends[1], attributes(match.group(4)))
            elif match := _RULE.fullmatch(text):
                schema.derived.add(match.group(1))
            else:
                raise Malformed("neither `.node`, `.edge` nor a rule")
        except Malformed as error:
            malformed.append((number, str(error)))
    return schema, malformed


def fits(value, type_name):
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name == "symbol":
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return type_name == "float" or (isinstance(value, int) and (type_name == "number" or value >= 0))
