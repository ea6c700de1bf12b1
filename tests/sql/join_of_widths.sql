-- Integers of different widths meet in joins of any size.
create table small (a smallint, b bigint);
create table large (id int primary key, v text);
insert into small values (1, 5), (2, 4000), (3, 9000000000), (null, 17);
insert into large select g, 'v' || g from generate_series(1, 6000) g;
select s.a, l.v from small s join large l on l.id = s.b order by 1;
select s.b, l.v from small s join large l on l.id = s.a order by 1;
select s.a, l.v from small s left join large l on s.b = l.id order by 1;
select count(*), count(s.a) from small s full join large l on s.b = l.id;
select count(*) from large l where id in (select b from small);
select count(*) from large l where not exists (select 1 from small s where s.b = l.id);
select l.v, m.v from small s join large l on l.id = s.b left join large m on s.a = m.id and m.id::bigint = s.a order by 1;
