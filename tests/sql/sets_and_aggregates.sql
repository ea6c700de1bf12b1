SELECT generate_series(1, generate_series(1, 3)), generate_series(2, 4);
CREATE TABLE few (id int, d text);
INSERT INTO few VALUES (1, 'a'), (2, 'b'), (3, 'b');
SELECT min(generate_series(1, 3)) FROM few;
SELECT min(generate_series(1, 3)) OVER () FROM few;
SELECT rank() OVER (ORDER BY rank() OVER (ORDER BY id)) FROM few;
SELECT sum(rank() OVER (ORDER BY id)) OVER () FROM few;
-- An aggregate belongs to the query whose columns it reads.
SELECT (SELECT sum(few.id) FROM (VALUES (1), (2)) AS v(x)) FROM few;
SELECT d, (SELECT string_agg(few.d || x, ',') FROM (VALUES (1)) AS v(x)) FROM few GROUP BY d;
SELECT d, (SELECT count(few.id) + x FROM (VALUES (10)) AS v(x)) FROM few GROUP BY d ORDER BY d;
SELECT sum(x), avg(x) FROM (VALUES (interval 'infinity'), ('1 day')) AS v(x);
SELECT sum(x) FROM (VALUES (interval 'infinity'), ('-infinity')) AS v(x);
SELECT to_timestamp('0.-2147483648', 'SS.MS');
