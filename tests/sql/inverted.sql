-- gin over jsonb and arrays
CREATE TABLE docs (id int PRIMARY KEY, meta jsonb, tags text[], nums int[], n int, body tsvector);
INSERT INTO docs (id, meta, tags, nums) VALUES
 (1, '{"tag": "rare", "n": 1, "list": ["x", "y"]}', '{a,b}', '{1,2,3}'),
 (2, '{"tag": "common", "n": 1.0, "inner": {"deep": [1, {"k": null}]}}', '{b}', '{}'),
 (3, '{"tag": ["rare", "odd"], "n": "1"}', '{}', '{3,NULL}'),
 (4, '["rare", "tag", 1, true]', '{a,a,c}', '{{1,2},{3,4}}'),
 (5, '"rare"', NULL, '{NULL}'),
 (6, '{}', '{NULL}', NULL),
 (7, '[]', '{a,NULL}', '{7}'),
 (8, NULL, '{c}', '{1,1}'),
 (9, '1', '{"", " "}', '{-1}'),
 (10, '{"a": {"b": {"c": "deep"}}, "price": 12.50, "flag": true}', '{é,a}', '{2147483647}');
CREATE INDEX docs_meta ON docs USING gin (meta);
CREATE INDEX docs_arrays ON docs USING gin (tags, nums);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM docs WHERE meta @> '{"tag": "rare"}';
EXPLAIN (COSTS OFF) SELECT id FROM docs WHERE tags && '{a,b}' AND nums @> '{3}' AND n = 4;
SELECT id FROM docs WHERE meta @> '{"tag": "rare"}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"n": 1}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"n": 1.00}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"tag": ["rare"]}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '"rare"' ORDER BY id;
SELECT id FROM docs WHERE meta @> '["rare"]' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"inner": {"deep": [{"k": null}]}}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '[]' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"inner": {}}' ORDER BY id;
SELECT id FROM docs WHERE '{"flag": true, "price": 12.5}' <@ meta ORDER BY id;
SELECT id FROM docs WHERE meta @> NULL ORDER BY id;
SELECT id FROM docs WHERE meta ? 'rare' ORDER BY id;
SELECT id FROM docs WHERE meta ? 'deep' ORDER BY id;
SELECT id FROM docs WHERE meta ?| '{odd,price,tag}' ORDER BY id;
SELECT id FROM docs WHERE meta ?| '{}' ORDER BY id;
SELECT id FROM docs WHERE meta ?& '{tag,n}' ORDER BY id;
SELECT id FROM docs WHERE meta ?& '{tag,NULL}' ORDER BY id;
SELECT id FROM docs WHERE meta ?& '{}' ORDER BY id;
SELECT id FROM docs WHERE meta @? '$.tag ? (@ == "rare")' ORDER BY id;
SELECT id FROM docs WHERE meta @? '$.a.b.c' ORDER BY id;
SELECT id FROM docs WHERE meta @? '$.**.k' ORDER BY id;
SELECT id FROM docs WHERE meta @@ '$.price > 10' ORDER BY id;
SELECT id FROM docs WHERE meta @@ '$.n == 1 || $.flag == true' ORDER BY id;
SELECT id FROM docs WHERE meta @@ '$.flag' ORDER BY id;
SELECT id FROM docs WHERE meta @@ '!($.n == 1)' ORDER BY id;
SELECT id FROM docs WHERE meta @@ 'exists($.list[*] ? (@ starts with "y"))' ORDER BY id;
SELECT id FROM docs WHERE meta @@ '$.list.size() == 2' ORDER BY id;
SELECT id FROM docs WHERE meta @@ 'strict $.tag == "rare"' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"n": 1}' OR meta ? 'flag' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"n": 1}' AND tags @> '{b}' ORDER BY id DESC;
SELECT id FROM docs WHERE NOT meta @> '{"n": 1}' ORDER BY id;
SELECT id FROM docs WHERE tags @> '{a}' ORDER BY id;
SELECT id FROM docs WHERE tags @> '{a,c}' ORDER BY id;
SELECT id FROM docs WHERE tags @> '{}' ORDER BY id;
SELECT id FROM docs WHERE tags @> '{NULL}' ORDER BY id;
SELECT id FROM docs WHERE tags @> '{é}' ORDER BY id;
SELECT id FROM docs WHERE tags @> '{""}' ORDER BY id;
SELECT id FROM docs WHERE tags <@ '{a,b}' ORDER BY id;
SELECT id FROM docs WHERE tags <@ '{}' ORDER BY id;
SELECT id FROM docs WHERE '{b}' <@ tags ORDER BY id;
SELECT id FROM docs WHERE '{a,b,c}' @> tags ORDER BY id;
SELECT id FROM docs WHERE tags && '{b,c}' ORDER BY id;
SELECT id FROM docs WHERE tags && '{}' ORDER BY id;
SELECT id FROM docs WHERE tags && '{NULL}' ORDER BY id;
SELECT id FROM docs WHERE tags = '{a,b}' ORDER BY id;
SELECT id FROM docs WHERE tags = '{b,a}' ORDER BY id;
SELECT id FROM docs WHERE tags = '{}' ORDER BY id;
SELECT id FROM docs WHERE tags = '{NULL}' ORDER BY id;
SELECT id FROM docs WHERE 'a' = ANY (tags) ORDER BY id;
SELECT id FROM docs WHERE NULL = ANY (tags) ORDER BY id;
SELECT id FROM docs WHERE nums @> '{3,4}' ORDER BY id;
SELECT id FROM docs WHERE nums @> '{{1},{2}}' ORDER BY id;
SELECT id FROM docs WHERE nums = '{{1,2},{3,4}}' ORDER BY id;
SELECT id FROM docs WHERE nums && '{-1,2147483647}' ORDER BY id;
SELECT id FROM docs WHERE nums <@ '{1,2,3,4}' ORDER BY id;
SELECT id FROM docs WHERE tags && '{a}' AND nums @> '{2}' ORDER BY id;
PREPARE by_tag(jsonb) AS SELECT id FROM docs WHERE meta @> $1 ORDER BY id;
EXECUTE by_tag('{"tag": "common"}');
EXECUTE by_tag('{}');
EXECUTE by_tag(NULL);
SELECT q.v, (SELECT array_agg(id ORDER BY id) FROM docs WHERE tags @> ARRAY[q.v]) FROM (VALUES ('a'), ('c'), ('z')) q(v);
-- what is written is found at once
BEGIN;
INSERT INTO docs (id, meta, tags) VALUES (11, '{"tag": "rare", "new": true}', '{new}');
UPDATE docs SET meta = '{"tag": "gone"}', tags = tags || '{new}' WHERE id = 1;
DELETE FROM docs WHERE id = 3;
SELECT id FROM docs WHERE meta @> '{"tag": "rare"}' ORDER BY id;
SELECT id FROM docs WHERE tags && '{new}' ORDER BY id;
SAVEPOINT s;
UPDATE docs SET meta = '{"tag": "rare"}' WHERE id = 2;
SELECT id FROM docs WHERE meta @> '{"tag": "rare"}' ORDER BY id;
ROLLBACK TO s;
SELECT id FROM docs WHERE meta @> '{"tag": "rare"}' ORDER BY id;
COMMIT;
SELECT id FROM docs WHERE meta @> '{"tag": "rare"}' ORDER BY id;
SELECT id FROM docs WHERE meta ? 'gone' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"tag": "gone"}' ORDER BY id;
UPDATE docs SET meta = meta - 'new' WHERE meta ? 'new' RETURNING id, meta;
DELETE FROM docs WHERE tags @> '{new}' RETURNING id;
DROP INDEX docs_meta;
CREATE INDEX docs_paths ON docs USING gin (meta jsonb_path_ops);
EXPLAIN (COSTS OFF) SELECT id FROM docs WHERE meta @> '{"tag": "rare"}';
SELECT id FROM docs WHERE meta @> '{"a": {"b": {"c": "deep"}}}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"a": {"c": "deep"}}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '{"a": {}}' ORDER BY id;
SELECT id FROM docs WHERE meta @> '1' ORDER BY id;
SELECT id FROM docs WHERE meta ? 'tag' ORDER BY id;
SELECT id FROM docs WHERE meta @@ '$.a.b.c == "deep"' ORDER BY id;
SELECT id FROM docs WHERE meta @? '$.**.c ? (@ == "deep")' ORDER BY id;
SELECT id FROM docs WHERE meta @? '$.inner.deep[*].k' ORDER BY id;
-- an expression, a part of the rows
CREATE INDEX docs_inner ON docs USING gin ((meta -> 'inner')) WHERE id > 1;
SELECT id FROM docs WHERE meta -> 'inner' ? 'deep' AND id > 1 ORDER BY id;
SELECT id FROM docs WHERE meta -> 'inner' ? 'deep' ORDER BY id;
ALTER TABLE docs ALTER nums TYPE bigint[];
SELECT id FROM docs WHERE nums @> '{7}' ORDER BY id;
TRUNCATE docs;
SELECT id FROM docs WHERE tags @> '{a}' ORDER BY id;
INSERT INTO docs (id, tags) VALUES (1, '{a}');
SELECT id FROM docs WHERE tags @> '{a}' ORDER BY id;
SELECT indexdef FROM pg_indexes WHERE tablename = 'docs' AND indexname <> 'docs_inner' ORDER BY indexname;
CREATE INDEX ON docs USING gin (meta jsonb_ops, tags array_ops) WITH (fastupdate = off);
SELECT indexdef FROM pg_indexes WHERE tablename = 'docs' AND indexname = 'docs_meta_tags_idx';
-- what there is no class for
CREATE INDEX ON docs USING gin (n);
CREATE INDEX ON docs USING gin (meta array_ops);
CREATE INDEX ON docs USING gin (tags jsonb_ops);
CREATE INDEX ON docs USING gin (meta no_ops);
CREATE UNIQUE INDEX ON docs USING gin (meta);
CREATE INDEX ON docs USING gin (meta) INCLUDE (n);
CREATE INDEX ON docs USING gin (meta DESC);
CREATE INDEX ON docs USING gin (meta NULLS FIRST);
RESET enable_seqscan;
DROP TABLE docs;
