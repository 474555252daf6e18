"""Runs a program in Nemo: nemo_peer.py PROGRAM FACTS OUT count|write THREADS INPUTS RESULTS"""
import sys

import nmo_python

program, facts, out, mode, threads, inputs, results = sys.argv[1:]
kinds = {"number": "int", "symbol": "string"}
text = ""
for declared in filter(None, inputs.split(";")):
    name, columns = declared.split(":")
    form = ",".join(kinds[column.split()[1]] for column in columns.split(","))
    text += f'@import {name} :- tsv{{resource="{facts}/{name}.facts", format=({form})}} .\n'
with open(program, encoding="utf-8") as file:
    text += file.read()
sizes = {}
for declared in filter(None, results.split(";")):
    name, columns = declared.split(":")
    variables = ", ".join(f"?v{i}" for i in range(len(columns.split(","))))
    sizes[name] = f"sizeof_{name}"
    if mode == "count":
        text += f"\nsizeof_{name}(#count({variables})) :- {name}({variables}) .\n"
engine = nmo_python.NemoEngine(nmo_python.load_string(text))
engine.reason()
if mode == "write":
    for name in sizes:
        with open(f"{out}/{name}.csv", "w", encoding="utf-8") as file:
            for row in engine.result(name):
                file.write("\t".join(map(str, row)) + "\n")
else:
    for name, size in sizes.items():
        rows = list(engine.result(size))
        print(f"{name}\t{rows[0][0] if rows else 0}")
