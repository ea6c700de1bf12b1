-- A few rows joined with a large table on its keys: each is looked up.
CREATE TABLE large (id int8 PRIMARY KEY, small_id int4 UNIQUE, name text UNIQUE, price numeric(8,2) UNIQUE, kind int4);
CREATE INDEX large_kind ON large (kind);
INSERT INTO large SELECT n, n * 2, 'name ' || n, n + 0.5, n % 100 FROM generate_series(1, 3000) n;
ANALYZE large;

SELECT v.n, l.name FROM (VALUES (3), (1), (NULL), (5000), (2)) v (n) JOIN large l ON l.id = v.n ORDER BY v.n;
SELECT v.n, l.name FROM (VALUES (3::int8), (1), (NULL), (5000), (9999999999)) v (n) LEFT JOIN large l ON l.small_id = v.n * 2 ORDER BY v.n;
SELECT v.n, l.id FROM (VALUES ('name 7'), ('name 8 '), ('name'), (NULL)) v (n) LEFT JOIN large l ON l.name = v.n ORDER BY v.n;
SELECT v.n, l.id FROM (VALUES (7.5), (7.50000), (8.25)) v (n) LEFT JOIN large l ON l.price = v.n ORDER BY v.n, l.id;
SELECT v.n, count(*), min(l.id), max(l.id) FROM (VALUES (0), (7), (100)) v (n) JOIN large l ON l.kind = v.n GROUP BY v.n ORDER BY v.n;
SELECT v.n FROM (VALUES (3), (4000), (5)) v (n) WHERE EXISTS (SELECT 1 FROM large l WHERE l.id = v.n) ORDER BY 1;
SELECT v.n FROM (VALUES (3), (4000), (5)) v (n) WHERE NOT EXISTS (SELECT 1 FROM large l WHERE l.id = v.n) ORDER BY 1;
SELECT v.n, l.name FROM (VALUES (1), (2), (3)) v (n) JOIN large l ON l.id = v.n AND l.kind > 1 ORDER BY v.n;
SELECT v.n, l.name FROM (VALUES (1), (2), (3)) v (n) LEFT JOIN large l ON l.id = v.n AND l.kind > v.n - 1 AND l.price < 3 ORDER BY v.n;
SELECT a.n, b.n, l.id FROM (VALUES (1), (2)) a (n) FULL JOIN (VALUES (2), (3)) b (n) ON a.n = b.n JOIN large l ON l.id = coalesce(a.n, b.n) ORDER BY l.id;

-- What the transaction itself wrote is seen in place of what was there.
BEGIN;
UPDATE large SET name = 'changed' WHERE id = 1;
UPDATE large SET id = 10001 WHERE id = 2;
DELETE FROM large WHERE id = 3;
INSERT INTO large VALUES (10002, 1, 'new', 0.1, 7);
SELECT v.n, l.name FROM (VALUES (1), (2), (3), (4), (10001), (10002)) v (n) LEFT JOIN large l ON l.id = v.n ORDER BY v.n;
SELECT v.n, l.id FROM (VALUES ('changed'), ('name 1'), ('name 2'), ('new')) v (n) LEFT JOIN large l ON l.name = v.n ORDER BY v.n;
SELECT v.n, count(l.id) FROM (VALUES (2), (3), (7)) v (n) LEFT JOIN large l ON l.kind = v.n GROUP BY v.n ORDER BY v.n;
ROLLBACK;
SELECT v.n, l.name FROM (VALUES (1), (2), (3), (10001), (10002)) v (n) LEFT JOIN large l ON l.id = v.n ORDER BY v.n;
