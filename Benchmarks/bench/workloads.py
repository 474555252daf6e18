"""The workloads: a program, an input in up to three sizes, and the counts that every engine must find."""
import os
import re
from dataclasses import dataclass, field

from . import inputs

PROGRAMS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "programs")


@dataclass
class Workload:
    """`sizes` gives each size the arguments of `make`; `counts` each size the rows of each result."""

    name: str
    program: str
    make: object
    sizes: dict
    counts: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)

    @property
    def folder(self):
        return os.path.join(PROGRAMS, self.program)

    def text(self, file):
        """The text of a file of the program, or none: not every engine can say every program."""
        path = os.path.join(self.folder, file)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as opened:
            return opened.read()

    @property
    def program_text(self):
        return self.text("program.dl")

    @property
    def results(self):
        """The relations whose sizes are asked for."""
        return re.findall(r"^\.printsize (\w+)$", self.program_text, re.M)

    @property
    def inputs(self):
        """The input relations: name to a list of (column, type)."""
        return {name: self.columns(name) for name in re.findall(r"^\.input (\w+)$", self.program_text, re.M)}

    def columns(self, relation):
        """The columns of a declared relation: (name, type)."""
        listed = re.search(rf"^\.decl {relation}\(([^)]*)\)", self.program_text, re.M).group(1)
        return [tuple(column.strip().split(": ")) for column in listed.split(",")]

    def facts(self, size, root):
        """The folder of the fact files, made on first use."""
        arguments = self.sizes[size]
        key = "-".join([self.make.__name__, *map(str, arguments)] + [f"{k}{v}" for k, v in self.options.items()])
        folder = os.path.join(root, key)
        if not os.path.exists(os.path.join(folder, "done")):
            os.makedirs(folder, exist_ok=True)
            self.make(folder, *arguments, **self.options)
            open(os.path.join(folder, "done"), "w").close()
        return folder


def of_grid(width):
    return (width * (width + 1) // 2) ** 2 - width**2


def of_chain(edges):
    return edges * (edges + 1) // 2


def of_tree(depth):
    """Pairs of a node and one below it."""
    return sum(level * 2**level for level in range(1, depth + 1))


def of_generations(depth):
    return sum(4**level - 2**level for level in range(1, depth + 1))


def by(formula, result, sizes):
    return {size: {result: formula(*arguments)} for size, arguments in sizes.items()}


GRID = {"small": (24,), "big": (70,), "huge": (110,)}
CHAIN = {"small": (400,), "big": (2500,), "huge": (6000,)}
TREE = {"small": (9,), "big": (17,), "huge": (19,)}
GENERATIONS = {"small": (8,), "big": (11,), "huge": (13,)}
RANDOM = {"small": (500, 1000), "big": (3000, 6000), "huge": (5000, 15000)}

WORKLOADS = [
    Workload("rules", "rules", inputs.rules, {"small": (1000,)}),
    Workload("tc random left", "tc-left", inputs.random_graph, RANDOM),
    Workload("tc random right", "tc-right", inputs.random_graph, RANDOM),
    Workload("tc random nonlinear", "tc-nonlinear", inputs.random_graph,
             {"small": (150, 300), "big": (600, 1200), "huge": (1500, 3000)}),
    Workload("tc grid", "tc-left", inputs.grid, GRID, by(of_grid, "tc", GRID)),
    Workload("tc chain", "tc-right", inputs.chain, CHAIN, by(of_chain, "tc", CHAIN)),
    Workload("tc tree", "tc-left", inputs.tree, TREE, by(of_tree, "tc", TREE)),
    Workload("sg tree", "sg", inputs.tree, GENERATIONS, by(of_generations, "sg", GENERATIONS)),
    Workload("sg random", "sg", inputs.generations,
             {"small": (150, 300), "big": (700, 1050), "huge": (2000, 4000)}),
    Workload("reach", "reach", inputs.random_graph,
             {"small": (20_000, 60_000), "big": (500_000, 2_500_000), "huge": (2_000_000, 8_000_000)}),
    Workload("ancestors", "ancestors", inputs.tree, {"small": (10,), "big": (18,), "huge": (20,)}),
    Workload("andersen", "andersen", inputs.pointers, {"small": (1500,), "big": (8000,), "huge": (20_000,)}),
    Workload("cspa", "cspa", inputs.value_flow, {"small": (100,), "big": (1000,), "huge": (2500,)}),
    Workload("galen", "galen", inputs.ontology, {"small": (4000,), "big": (20_000,), "huge": (60_000,)}),
    Workload("triangles", "triangles", inputs.power_law,
             {"small": (12, 30_000), "big": (16, 700_000), "huge": (18, 2_000_000)}, options={"undirected": True}),
    Workload("cliques", "cliques", inputs.power_law,
             {"small": (11, 12_000), "big": (14, 120_000), "huge": (15, 300_000)}, options={"undirected": True}),
    Workload("diamonds", "diamonds", inputs.power_law,
             {"small": (11, 6_000), "big": (14, 45_000), "huge": (15, 120_000)}),
    Workload("star", "star", inputs.triples, {"small": (50_000,), "big": (1_000_000,), "huge": (10_000_000,)}),
    Workload("paths", "paths", inputs.triples, {"small": (50_000,), "big": (1_000_000,), "huge": (10_000_000,)}),
    Workload("components", "components", inputs.islands,
             {"small": (50, 5_000, 8_000), "big": (2000, 200_000, 320_000), "huge": (5000, 1_000_000, 1_600_000)}),
    Workload("distances", "distances", inputs.roads,
             {"small": (2_000, 8_000), "big": (150_000, 700_000), "huge": (500_000, 2_500_000)}),
    Workload("lubm", "lubm", inputs.universities, {"small": (1,), "big": (20,), "huge": (80,)}),
    Workload("control", "control", inputs.companies, {"small": (5_000,), "big": (100_000,), "huge": (400_000,)}),
    Workload("report", "report", inputs.companies, {"small": (5_000,), "big": (100_000,), "huge": (400_000,)}),
    Workload("load", "load", inputs.triples, {"small": (50_000,), "big": (1_000_000,), "huge": (10_000_000,)}),
    Workload("load text", "load-text", inputs.triples,
             {"small": (50_000,), "big": (1_000_000,), "huge": (10_000_000,)}, options={"text": True}),
]
