"""Runs a program in Cozo, in memory: cozo_peer.py PROGRAM FACTS OUT count|write THREADS INPUTS RESULTS"""
import sys

from cozo_embedded import CozoDbPy

program, facts, out, mode, threads, inputs, results = sys.argv[1:]
kinds = {"number": ("Int", int), "symbol": ("String", str)}
database = CozoDbPy("mem", "", "{}")
for declared in filter(None, inputs.split(";")):
    name, columns = declared.split(":")
    pairs = [column.split() for column in columns.split(",")]
    schema = ", ".join(f"{column}: {kinds[kind][0]}" for column, kind in pairs)
    database.run_script(f":create {name} {{{schema}}}", {}, False)
    make = [kinds[kind][1] for _, kind in pairs]
    with open(f"{facts}/{name}.facts", encoding="utf-8") as file:
        rows = [[f(word) for f, word in zip(make, line.rstrip("\n").split("\t"))] for line in file]
    database.import_relations({name: {"headers": [column for column, _ in pairs], "rows": rows}})
with open(program, encoding="utf-8") as file:
    text = file.read()
for declared in filter(None, results.split(";")):
    name, columns = declared.split(":")
    variables = ", ".join(f"v{i}" for i in range(len(columns.split(","))))
    if mode == "write":
        rows = database.run_script(f"{text}\n?[{variables}] := {name}[{variables}]", {}, True)["rows"]
        with open(f"{out}/{name}.csv", "w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    else:
        rows = database.run_script(f"{text}\n?[count(v0)] := {name}[{variables}]", {}, True)["rows"]
        print(f"{name}\t{rows[0][0] if rows else 0}")
