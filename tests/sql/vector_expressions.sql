-- What the expression of a vector index refuses, the table refuses.
SET search_path = sql_vector_expressions, public;
CREATE TABLE mixed (id int PRIMARY KEY, v vector);
INSERT INTO mixed VALUES (1, '[1,2,3]'), (2, '[4,5]');
CREATE INDEX mixed_v ON mixed USING hnsw ((v::vector(3)) vector_l2_ops);
DELETE FROM mixed WHERE id = 2;
CREATE INDEX mixed_v ON mixed USING hnsw ((v::vector(3)) vector_l2_ops);
INSERT INTO mixed VALUES (3, '[6,7]');
INSERT INTO mixed VALUES (3, '[6,7,8]'), (4, NULL);
UPDATE mixed SET v = '[1]' WHERE id = 3;
SELECT id FROM mixed ORDER BY v::vector(3) <-> '[6,7,7]' LIMIT 1;
CREATE TABLE parts (id int PRIMARY KEY, kind int, v vector);
CREATE INDEX parts_v ON parts USING hnsw ((v::vector(2)) vector_cosine_ops) WHERE (kind = 2);
INSERT INTO parts VALUES (1, 3, '[1,2,3]'), (2, 2, '[1,2]');
UPDATE parts SET kind = 2 WHERE id = 1;
INSERT INTO parts VALUES (5, 2, '[1,2,3]') ON CONFLICT DO NOTHING;
SELECT * FROM parts ORDER BY id;
