CREATE NODE TABLE N(id INT64, PRIMARY KEY(id));
CREATE REL TABLE E(FROM N TO N);
COPY N FROM (LOAD WITH HEADERS (x INT64, y INT64) FROM "$FACTS/edge.facts" (file_format="csv", delim="\t") UNWIND [x, y] AS id RETURN DISTINCT id);
COPY E FROM "$FACTS/edge.facts" (file_format="csv", delim="\t");
// query
MATCH (x:N)-[:E]->(y:N)-[:E]->(z:N), (x)-[:E]->(z) RETURN x.id, y.id, z.id
