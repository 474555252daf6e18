CREATE NODE TABLE N(id INT64, PRIMARY KEY(id));
COPY N FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") UNWIND [s, o] AS id RETURN DISTINCT id);
CREATE REL TABLE P1(FROM N TO N);
COPY P1 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 1 RETURN s, o);
CREATE REL TABLE P2(FROM N TO N);
COPY P2 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 2 RETURN s, o);
CREATE REL TABLE P4(FROM N TO N);
COPY P4 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 4 RETURN s, o);
CREATE REL TABLE P5(FROM N TO N);
COPY P5 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 5 RETURN s, o);
// query
MATCH (s:N)-[:P1]->(c:N), (s)-[:P2]->(l:N), (s)-[:P4]->(a:N), (s)-[:P5]->(b:N) RETURN s.id, c.id, l.id, a.id, b.id
