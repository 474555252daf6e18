"""Runs an SQL program in DuckDB: duckdb_peer.py PROGRAM FACTS OUT count|write THREADS INPUTS RESULTS"""
import sys

import duckdb

program, facts, out, mode, threads, inputs, results = sys.argv[1:]
kinds = {"number": "BIGINT", "symbol": "VARCHAR"}
database = duckdb.connect(config={"threads": int(threads)})
for declaration in filter(None, inputs.split(";")):
    name, columns = declaration.split(":")
    pairs = [column.split() for column in columns.split(",")]
    types = ", ".join(f"'{column}': '{kinds[kind]}'" for column, kind in pairs)
    database.execute(
        f"CREATE TABLE {name} AS FROM read_csv('{facts}/{name}.facts', delim='\t', header=false, quote='', "
        f"escape='', auto_detect=false, columns={{{types}}})")
with open(program, encoding="utf-8") as file:
    database.execute(file.read() + ";SELECT 1")
for name in (result.split(":")[0] for result in results.split(";") if result):
    if mode == "write":
        database.execute(f"COPY (FROM {name}) TO '{out}/{name}.csv' (DELIMITER '\t', HEADER false)")
    else:
        print(f"{name}\t{database.execute(f'SELECT count(*) FROM {name}').fetchone()[0]}")
