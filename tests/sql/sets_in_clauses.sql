-- Set-returning functions outside of FROM.
CREATE TABLE doc (id int, tags text[]);
INSERT INTO doc VALUES (1, '{a,b}'), (2, '{b,c}'), (3, '{}'), (4, NULL);
SELECT unnest(tags) AS tag, count(*) FROM doc GROUP BY tag ORDER BY count(*) DESC, tag;
SELECT unnest(tags), count(*), max(id) FROM doc GROUP BY 1 HAVING count(*) > 1;
SELECT count(*), unnest(tags) FROM doc GROUP BY unnest(tags) ORDER BY 2;
SELECT id % 2 AS odd, regexp_split_to_table('x y x', ' ') AS w, count(*) FROM doc GROUP BY odd, w ORDER BY 1, 2;
SELECT id, generate_series(1, id) AS g, count(*) FROM doc WHERE id < 3 GROUP BY GROUPING SETS ((id), (g)) ORDER BY 1, 2;
SELECT count(*) FROM doc GROUP BY count(*);
SELECT sum(1) OVER () FROM doc GROUP BY sum(1) OVER ();
INSERT INTO doc (id) VALUES (generate_series(10, 12)) RETURNING id;
INSERT INTO doc (id) VALUES (1), (generate_series(10, 12));
SELECT CASE WHEN id > 1 THEN generate_series(1, 3) END FROM doc;
SELECT COALESCE(generate_series(1, 3), 0);
SELECT * FROM generate_series(1, generate_series(1, 3));
SELECT generate_series(1, 3), unnest(array[10, 20]);
SELECT generate_series(1, generate_series(1, 3));
SELECT 1 WHERE generate_series(1, 2) > 0;
