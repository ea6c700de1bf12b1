SELECT concat(VARIADIC ARRAY[1,2,3]), concat_ws(',', VARIADIC ARRAY[1,null,3]), format('%s-%s', VARIADIC ARRAY['a','b']), num_nulls(VARIADIC ARRAY[1,null]);
SELECT concat(VARIADIC NULL::int[]), concat_ws(',', VARIADIC NULL::int[]), json_build_array(VARIADIC NULL::int[]), json_build_object(VARIADIC array['a','1']);
SELECT format('Hello', VARIADIC NULL::int[]), num_nulls(VARIADIC NULL::int[]);
SELECT make_interval(days => 3, hours := 2), make_interval(1, days => 2);
SELECT make_interval(days => 3, foo => 2);
SELECT make_interval(days => 3, days => 2);
SELECT make_interval(days => 3, 2);
SELECT jsonb_path_query('[1]', '$[*] ? (@ > $x)', vars => '{"x":0}');
