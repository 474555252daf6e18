"""Runs Cypher in Ladybug or Kuzu: ladybug_peer.py PROGRAM FACTS OUT count|write THREADS INPUTS RESULTS

The statements before the queries load; the queries are as many as the results, each after a line `// query`."""
import os
import sys

program, facts, out, mode, threads, inputs, results = sys.argv[1:]
if os.path.basename(sys.argv[0]).startswith("kuzu"):
    import kuzu as store
else:
    import ladybug as store

connection = store.Connection(store.Database(":memory:"), num_threads=int(threads))
with open(program, encoding="utf-8") as file:
    loading, *queries = file.read().replace("$FACTS", facts).split("// query\n")
for statement in filter(str.strip, loading.split(";")):
    connection.execute(statement)
for declared, query in zip(filter(None, results.split(";")), queries):
    name = declared.split(":")[0]
    query = query.strip().rstrip(";")
    if mode == "write":
        connection.execute(f"COPY ({query}) TO '{out}/{name}.csv' (header=false, delim='\t')")
    else:
        print(f"{name}\t{connection.execute(query).get_num_tuples()}")
