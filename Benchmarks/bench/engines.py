"""How each engine is found, prepared and started. What is prepared (a compiled program, facts in another syntax) is
not timed; what an engine reads and writes while it runs is."""
import os
import re
import shutil
import subprocess
import sys

from .inputs import Numbers

HERE = os.path.dirname(os.path.abspath(__file__))
EMPTY = "empty"


def outputs_instead_of_sizes(text):
    return re.sub(r"^\.printsize (\w+)$", r".output \1", text, flags=re.M)


class Engine:
    """`command` gives the words of a process that prints `relation<TAB>count` for each result, or (when it is to
    enumerate) writes each result to a file `relation.csv` in `out`."""

    name = ""
    threads = (1,)
    # Whether the time on the empty program is that of a host language, to be taken out.
    is_hosted = False

    def version(self):
        raise NotImplementedError

    def can(self, workload):
        raise NotImplementedError

    def command(self, workload, facts, out, writes, threads):
        raise NotImplementedError


class Graphsh(Engine):
    threads = (1, 2)

    def __init__(self, path, cache, name="graphsh", options=()):
        self.path, self.cache, self.name, self.options = path, cache, name, list(options)

    def version(self):
        return first_line([self.path, "--version"])

    def can(self, workload):
        return True

    def command(self, workload, facts, out, writes, threads):
        source = program_file(self.cache, workload, workload.program_text, writes, self.name)
        return [self.path, "run", source, "-F", facts, "-D", out, f"-j{threads}", *self.options]


class Souffle(Engine):
    def __init__(self, path, cache, compiled):
        self.path, self.cache, self.compiled = path, cache, compiled
        self.name = "souffle compiled" if compiled else "souffle interpreted"
        self.threads = (1, 2) if compiled else (1,)

    def version(self):
        text = subprocess.run([self.path, "--version"], capture_output=True, text=True).stdout
        found = re.search(r"Version:[ \t]*(\S+)", text)
        words = re.search(r"Word size:[ \t]*(\d+)", text)
        return f"{found.group(1) if found else 'unnamed'}, {words.group(1) if words else '?'} bits"

    def can(self, workload):
        return True

    def command(self, workload, facts, out, writes, threads):
        text = workload.text("souffle.dl") or workload.program_text
        source = program_file(self.cache, workload, text, writes, "souffle")
        arguments = ["-F", facts, "-D", out, f"-j{threads}"]
        if not self.compiled:
            return [self.path, source, *arguments]
        binary = f"{source[:-3]}-j{threads}"
        if not os.path.exists(binary) or os.path.getmtime(binary) < os.path.getmtime(source):
            subprocess.run([self.path, source, "-o", binary, f"-j{threads}"], check=True, capture_output=True)
        return [binary, *arguments]


class Scripted(Engine):
    """A peer driven by a Python module beside this file, run as a process of its own with the interpreter that has
    the peer's package."""

    is_hosted = True

    def __init__(self, name, module, file, python, cache, threads=(1,)):
        self.name, self.module, self.file = name, module, file
        self.python, self.cache, self.threads = python, cache, threads

    def version(self):
        package = {"cozo": "cozo_embedded", "nemo": "nemo-python"}.get(self.name, self.name)
        script = f"import importlib.metadata as m; print(m.version({package!r}))"
        return first_line([self.python, "-c", script])

    def can(self, workload):
        return workload.text(self.file) is not None

    def command(self, workload, facts, out, writes, threads):
        script = os.path.join(HERE, "peers", self.module + ".py")
        program = os.path.join(workload.folder, self.file)
        declared = lambda names: ";".join(
            f"{name}:" + ",".join(f"{column} {kind}" for column, kind in workload.columns(name)) for name in names)
        return [self.python, script, program, facts, out, "write" if writes else "count", str(threads),
                declared(workload.inputs), declared(workload.results)]


class Clingo(Scripted):
    """clingo reads facts in its own syntax, which are made beforehand."""

    def command(self, workload, facts, out, writes, threads):
        translate(workload, facts, "lp")
        return super().command(workload, facts, out, writes, threads)


class Prolog(Scripted):
    """SWI-Prolog with tabling; it, too, reads facts in its own syntax."""

    is_hosted = False

    def version(self):
        return first_line([self.python, "--version"]).split()[2]

    def command(self, workload, facts, out, writes, threads):
        translate(workload, facts, "pl")
        words = super().command(workload, facts, out, writes, threads)
        return [self.python, "--stack-limit=8g", "-q", "-f", os.path.join(HERE, "peers", self.module + ".pl"), "-g",
                "main", "-t", "halt", "--", *words[2:]]


def first_line(command):
    output = subprocess.run(command, capture_output=True, text=True).stdout
    return output.splitlines()[0].strip() if output else "?"


def program_file(cache, workload, text, writes, engine):
    """A copy of the program that prints sizes, or writes results."""
    folder = os.path.join(cache, "programs", engine.replace(" ", "-"))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, workload.program + ("-write" if writes else "-count") + ".dl")
    text = outputs_instead_of_sizes(text) if writes else text
    if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return path


def translate(workload, facts, ending):
    """Writes each fact file again as `relation(1,"text").` a line."""
    for name, columns in workload.inputs.items():
        path = os.path.join(facts, f"{name}.{ending}")
        if os.path.exists(path):
            continue
        with open(os.path.join(facts, name + ".facts"), encoding="utf-8") as source, \
                open(path + ".part", "w", encoding="utf-8") as target:
            for line in source:
                words = line.rstrip("\n").split("\t")
                values = (w if kind == "number" else f'"{w}"' for w, (_, kind) in zip(words, columns))
                target.write(f"{name}({','.join(values)}).\n")
        os.rename(path + ".part", path)


def has_module(python, module):
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def installed(graphsh, souffle, python, cache):
    """graphsh, and every peer that this machine has."""
    engines = [Graphsh(graphsh, cache)]
    if souffle and shutil.which(souffle):
        engines += [Souffle(souffle, cache, True), Souffle(souffle, cache, False)]
    for name, module, file, threads in (
        ("duckdb", "duckdb", "duckdb.sql", (1, 2)),
        ("ladybug", "ladybug", "ladybug.cypher", (1, 2)),
        ("kuzu", "kuzu", "ladybug.cypher", (1, 2)),
        ("nemo", "nmo_python", "nemo.rls", (1,)),
        ("cozo", "cozo_embedded", "cozo.txt", (1,)),
        ("clingo", "clingo", "clingo.lp", (1,)),
    ):
        if has_module(python, module):
            kind = Clingo if name == "clingo" else Scripted
            engines.append(kind(name, f"{name}_peer", file, python, cache, threads))
    if shutil.which("swipl"):
        engines.append(Prolog("swipl", "swipl_peer", "swipl.pl", "swipl", cache))
    return engines


class Permuted(Graphsh):
    """graphsh on a program whose rules have their conditions in another order."""

    def __init__(self, path, cache, seed):
        super().__init__(path, cache, f"permutation {seed}")
        self.threads, self.seed = (1,), seed

    def command(self, workload, facts, out, writes, threads):
        text = permutation(workload.program_text, self.seed)
        source = program_file(self.cache, workload, text, writes, self.name)
        return [self.path, "run", source, "-F", facts, "-D", out, f"-j{threads}"]


def permuted(graphsh, cache, count):
    own = Graphsh(graphsh, cache)
    own.threads = (1,)
    return [own] + [Permuted(graphsh, cache, seed) for seed in range(1, count + 1)]


def permutation(program, seed):
    """The program with the conditions of each body in an order drawn with the seed."""
    numbers = Numbers(seed)
    lines = [line for line in program.splitlines() if not line.startswith("//")]
    directives = [line for line in lines if line.startswith(".")]
    statements = pieces("\n".join(line for line in lines if not line.startswith(".")), ".")
    rules = []
    for statement in statements:
        head, arrow, body = statement.partition(":-")
        if arrow:
            statement = head + ":- " + ", ".join(numbers.shuffled(pieces(body, ",")))
        rules.append(statement + ".")
    return "\n".join(directives + rules) + "\n"


def pieces(text, separator):
    """The parts of a text between separators that stand outside quotes and brackets."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == '"'
        if not quoted:
            depth += (character in "({[") - (character in ")}]")
        if character == separator and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]
