//! GROUP BY and aggregate functions, row by row.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use datafusion::arrow::array::ArrayRef;

use crate::{
    base::{Oid, PgError, Result},
    query::{
        exec::{
            execution::{Ledger, row_bytes},
            keys::{KeyOrder, compare_rows, row_key},
            scope::{Row, Scope},
        },
        functions::{Accumulator, Body, Context},
        ir::{Aggregate, Expr},
    },
    types::{Datum, PgType},
};

/// An aggregate call, made ready to run.
pub struct Spec<'p> {
    aggregate: &'p Aggregate,
    /// What the accumulator is told of its arguments.
    arg_types: Vec<PgType>,
    arg_oids: Vec<Oid>,
    orders: Vec<KeyOrder>,
    /// Rows are kept to the end: they must be distinct or in order.
    gathers: bool,
    /// The accumulator holds on to its arguments (`array_agg` and its kin).
    keeps: bool,
}

/// An aggregate's state in one group.
pub struct State {
    accumulator: Box<dyn Accumulator>,
    gathered: Vec<(Row, Row)>,
    seen: HashSet<Vec<u8>>,
}

impl<'p> Spec<'p> {
    pub fn new(aggregate: &'p Aggregate) -> Self {
        let mut arg_types: Vec<PgType> = aggregate.args.iter().map(Expr::ty).collect();
        if aggregate.within_group {
            arg_types.extend(aggregate.order.iter().map(|key| key.expr.ty()));
        }
        Self {
            aggregate,
            arg_oids: arg_types.iter().map(|ty| ty.oid).collect(),
            arg_types,
            orders: KeyOrder::of(&aggregate.order),
            gathers: aggregate.distinct || !aggregate.order.is_empty(),
            keeps: aggregate.function.name.ends_with("_agg"),
        }
    }

    pub fn aggregate(&self) -> &'p Aggregate {
        self.aggregate
    }

    fn context<'a>(&'a self, scope: &'a Scope) -> Context<'a> {
        Context { env: &scope.execution.env, arg_types: &self.arg_types, result: self.aggregate.ty }
    }

    pub fn start(&self, scope: &Scope) -> Result<State> {
        let Body::Aggregate(start) = self.aggregate.function.body else {
            let name = self.aggregate.function.name;
            return Err(PgError::internal(format!("{name} is not an aggregate")));
        };
        Ok(State {
            accumulator: start(&self.context(scope)),
            gathered: Vec::new(),
            seen: HashSet::new(),
        })
    }

    /// Adds an input row, if FILTER lets it through. Returns the bytes that are kept of it.
    pub fn add(&self, state: &mut State, row: &[Datum], scope: &Scope) -> Result<usize> {
        if let Some(filter) = &self.aggregate.filter
            && !scope.holds(filter, row)?
        {
            return Ok(0);
        }
        let args = scope.evaluate_all(&self.aggregate.args, row)?;
        let keys = self
            .aggregate
            .order
            .iter()
            .map(|key| scope.evaluate(&key.expr, row))
            .collect::<Result<Row>>()?;
        self.add_values(state, args, keys, scope)
    }

    /// Adds arguments and order keys that are already evaluated.
    pub fn add_values(
        &self,
        state: &mut State,
        mut args: Row,
        keys: Row,
        scope: &Scope,
    ) -> Result<usize> {
        if self.aggregate.within_group {
            args.extend(keys.iter().cloned());
        }
        if self.aggregate.function.strict && args.iter().any(Datum::is_null) {
            return Ok(0);
        }
        if !self.gathers {
            state.accumulator.add(&self.context(scope), &args)?;
            return Ok(if self.keeps { row_bytes(&args) } else { 0 });
        }
        let mut bytes = row_bytes(&args) + row_bytes(&keys);
        if self.aggregate.distinct {
            let key = row_key(&args, &self.arg_oids);
            bytes += key.len();
            if !state.seen.insert(key) {
                return Ok(0);
            }
        }
        state.gathered.push((keys, args));
        Ok(bytes)
    }

    /// Adds the cells `rows` of the arguments' columns at once, if the accumulator can.
    pub fn add_cells(
        &self,
        state: &mut State,
        args: &[ArrayRef],
        rows: Range<usize>,
        scope: &Scope,
    ) -> Result<bool> {
        // Only a strict aggregate leaves NULLs out.
        let plain = !self.gathers && !self.aggregate.within_group && self.aggregate.function.strict;
        match args {
            [column] if plain => {
                state.accumulator.add_cells(&self.context(scope), column.as_ref(), rows)
            }
            _ => Ok(false),
        }
    }

    pub fn finish(&self, state: &mut State, scope: &Scope) -> Result<Datum> {
        let context = self.context(scope);
        if self.gathers {
            let mut rows = std::mem::take(&mut state.gathered);
            if self.orders.is_empty() {
                let orders: Vec<_> =
                    self.arg_oids.iter().map(|type_oid| KeyOrder::ascending(*type_oid)).collect();
                rows.sort_by(|(_, a), (_, b)| compare_rows(a, b, &orders));
            } else {
                rows.sort_by(|(a, _), (b, _)| compare_rows(a, b, &self.orders));
            }
            for (_, args) in &rows {
                state.accumulator.add(&context, args)?;
            }
        }
        state.accumulator.value(&context)
    }
}

struct Group {
    values: Row,
    states: Vec<State>,
}

/// All groups of one aggregation.
pub struct Grouping<'p> {
    groups: &'p [Expr],
    sets: &'p [Vec<usize>],
    specs: Vec<Spec<'p>>,
    scope: Scope,
    types: Vec<Oid>,
    /// One table a grouping set; groups in the order in which they were met.
    tables: Vec<(HashMap<Vec<u8>, usize>, Vec<Group>)>,
    ledger: Ledger,
    rows: usize,
}

impl<'p> Grouping<'p> {
    pub fn new(
        groups: &'p [Expr],
        sets: &'p [Vec<usize>],
        aggregates: &'p [Aggregate],
        scope: &Scope,
    ) -> Self {
        Self {
            groups,
            sets,
            specs: aggregates.iter().map(Spec::new).collect(),
            types: groups.iter().map(|group| group.ty().oid).collect(),
            tables: sets.iter().map(|_| Default::default()).collect(),
            ledger: Ledger::new(&scope.execution, "an aggregation"),
            scope: scope.clone(),
            rows: 0,
        }
    }

    pub fn add(&mut self, row: &[Datum]) -> Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(1024) {
            self.scope.execution.cancel.check()?;
        }
        let values = self.scope.evaluate_all(self.groups, row)?;
        for (set, (by_key, groups)) in self.sets.iter().zip(&mut self.tables) {
            let mut key = Vec::new();
            for position in set {
                crate::query::exec::keys::push_key(
                    &values[*position],
                    self.types[*position],
                    &mut key,
                );
            }
            let position = match by_key.get(&key) {
                Some(position) => *position,
                None => {
                    self.ledger
                        .grow(key.len() + row_bytes(&values) + 64 + 96 * self.specs.len())?;
                    let states = self.specs.iter().map(|spec| spec.start(&self.scope));
                    groups.push(Group {
                        values: masked(&values, set),
                        states: states.collect::<Result<_>>()?,
                    });
                    by_key.insert(key, groups.len() - 1);
                    groups.len() - 1
                }
            };
            for (spec, state) in self.specs.iter().zip(&mut groups[position].states) {
                let bytes = spec.add(state, row, &self.scope)?;
                if bytes > 0 {
                    self.ledger.grow(bytes)?;
                }
            }
        }
        Ok(())
    }

    /// One row a group; a grouping set of nothing has a row even over no input.
    pub fn finish(self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let several = self.sets.len() > 1;
        for (set, (_, mut groups)) in self.sets.iter().zip(self.tables) {
            if groups.is_empty() && set.is_empty() {
                let states = self.specs.iter().map(|spec| spec.start(&self.scope));
                groups.push(Group {
                    values: vec![Datum::Null; self.groups.len()],
                    states: states.collect::<Result<_>>()?,
                });
            }
            for mut group in groups {
                let mut row = group.values;
                for (spec, state) in self.specs.iter().zip(&mut group.states) {
                    row.push(spec.finish(state, &self.scope)?);
                }
                if several {
                    row.push(Datum::Int4(grouping_bits(self.groups.len(), set)));
                }
                rows.push(row);
            }
        }
        Ok(rows)
    }
}

/// The group values of a set: NULL where the expression is not in it.
fn masked(values: &[Datum], set: &[usize]) -> Row {
    values
        .iter()
        .enumerate()
        .map(|(position, value)| if set.contains(&position) { value.clone() } else { Datum::Null })
        .collect()
}

/// Bit i is set if group expression i is not in the set.
pub fn grouping_bits(groups: usize, set: &[usize]) -> i32 {
    (0..groups.min(31))
        .filter(|group| !set.contains(group))
        .fold(0, |bits, group| bits | 1 << group)
}
