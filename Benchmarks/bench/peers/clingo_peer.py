"""Grounds a program in clingo: clingo_peer.py PROGRAM FACTS OUT count|write THREADS INPUTS RESULTS

The programs have no choices, so that the grounder derives everything."""
import sys

import clingo

program, facts, out, mode, threads, inputs, results = sys.argv[1:]
names = lambda declared: [item.split(":")[0] for item in declared.split(";") if item]
control = clingo.Control(["--warn=none"])
control.load(program)
for name in names(inputs):
    control.load(f"{facts}/{name}.lp")
control.ground([("base", [])])
for result in filter(None, results.split(";")):
    name, columns = result.split(":")
    atoms = control.symbolic_atoms.by_signature(name, len(columns.split(",")))
    if mode == "write":
        with open(f"{out}/{name}.csv", "w", encoding="utf-8") as file:
            for atom in atoms:
                file.write("\t".join(map(str, atom.symbol.arguments)) + "\n")
    else:
        print(f"{name}\t{sum(1 for _ in atoms)}")
