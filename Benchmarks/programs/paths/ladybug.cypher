CREATE NODE TABLE N(id INT64, PRIMARY KEY(id));
COPY N FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") UNWIND [s, o] AS id RETURN DISTINCT id);
CREATE REL TABLE P1(FROM N TO N);
COPY P1 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 1 RETURN s, o);
CREATE REL TABLE P7(FROM N TO N);
COPY P7 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 7 RETURN s, o);
CREATE REL TABLE P8(FROM N TO N);
COPY P8 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 8 RETURN s, o);
CREATE REL TABLE P9(FROM N TO N);
COPY P9 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 9 RETURN s, o);
CREATE REL TABLE P10(FROM N TO N);
COPY P10 FROM (LOAD WITH HEADERS (s INT64, p INT64, o INT64) FROM "$FACTS/triple.facts" (file_format="csv", delim="\t") WHERE p = 10 RETURN s, o);
// query
MATCH (a:N)-[:P7]->(b:N)-[:P8]->(c:N)-[:P9]->(d:N)-[:P10]->(e:N), (a)-[:P1]->(k:N)<-[:P1]-(e) RETURN DISTINCT a.id, e.id
