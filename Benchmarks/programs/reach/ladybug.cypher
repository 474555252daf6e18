CREATE NODE TABLE N(id INT64, PRIMARY KEY(id));
CREATE REL TABLE E(FROM N TO N);
COPY N FROM (LOAD WITH HEADERS (x INT64, y INT64) FROM "$FACTS/edge.facts" (file_format="csv", delim="\t") UNWIND [x, y] AS id RETURN DISTINCT id);
COPY E FROM "$FACTS/edge.facts" (file_format="csv", delim="\t");
// query
MATCH (a:N)-[:E* SHORTEST 1..30]->(b:N) WHERE a.id = 0 AND b.id <> 0 RETURN b.id UNION MATCH (a:N) WHERE a.id = 0 RETURN a.id
