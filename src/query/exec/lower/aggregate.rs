//! GROUP BY over batches: arguments are evaluated as columns, groups are found by key, and counts
//! are kept as plain numbers.

use std::{collections::HashMap, ops::Range, sync::Arc};

use datafusion::arrow::{
    array::{Array, ArrayRef, BooleanArray},
    record_batch::RecordBatch,
};
use futures::{StreamExt, TryStreamExt};

use super::{
    Exec, Operator,
    operator::{Batches, at_once, batches},
};
use crate::{
    base::{Oid, Result},
    query::{
        exec::{
            batches::{BATCH_ROWS, batch_of, schema_of},
            columnar,
            execution::Ledger,
            keys::push_key,
            rows::{Spec, State, grouping_bits},
            scope::{Row, Scope},
        },
        ir::{Aggregate, Expr, Field, Plan},
    },
    types::{Datum, column::datum_at},
};

pub fn lower(
    input: Exec,
    groups: &[Expr],
    sets: &[Vec<usize>],
    aggregates: &[Aggregate],
    plan: &Plan,
    scope: &Scope,
) -> Exec {
    let task = Arc::new(Task {
        groups: groups.to_vec(),
        sets: sets.to_vec(),
        aggregates: aggregates.to_vec(),
        fields: plan.fields.clone(),
        scope: scope.clone(),
    });
    Operator::exec("Aggregate", schema_of(&plan.fields), move |context| {
        let (task, input) = (task.clone(), batches(&input, context)?);
        Ok(at_once(async move { task.run(input).await }).boxed())
    })
}

struct Task {
    groups: Vec<Expr>,
    sets: Vec<Vec<usize>>,
    aggregates: Vec<Aggregate>,
    fields: Arc<[Field]>,
    scope: Scope,
}

/// The groups of one grouping set, numbered as they are met.
#[derive(Default)]
struct Table {
    by_key: HashMap<Vec<u8>, u32>,
    values: Vec<Row>,
    columns: Vec<States>,
}

/// One aggregate's states, by group.
enum States {
    /// `count(*)` and `count(x)`
    Counts(Vec<i64>),
    General(Vec<State>),
}

/// One aggregate's input in one batch.
struct Input {
    mask: Option<BooleanArray>,
    args: Vec<ArrayRef>,
    keys: Vec<ArrayRef>,
}

impl Task {
    async fn run(&self, mut input: Batches) -> Result<Vec<RecordBatch>> {
        let specs: Vec<Spec> = self.aggregates.iter().map(Spec::new).collect();
        let mut ledger = Ledger::new(&self.scope.execution, "an aggregation");
        let mut tables: Vec<Table> = self
            .sets
            .iter()
            .map(|_| Table {
                columns: self.aggregates.iter().map(new_states).collect(),
                ..Table::default()
            })
            .collect();
        while let Some(batch) = input.try_next().await? {
            self.scope.execution.cancel.check()?;
            let groups = self.columns(&self.groups, &batch)?;
            let inputs: Vec<Input> = self
                .aggregates
                .iter()
                .map(|aggregate| self.input(aggregate, &batch))
                .collect::<Result<_>>()?;
            for (set, table) in self.sets.iter().zip(&mut tables) {
                let members =
                    self.members(set, &groups, batch.num_rows(), table, &specs, &mut ledger)?;
                for ((input, states), spec) in inputs.iter().zip(&mut table.columns).zip(&specs) {
                    self.update(input, states, spec, &members, &mut ledger)?;
                }
            }
        }
        self.output(tables, &specs)
    }

    fn columns(&self, exprs: &[Expr], batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let context = self.scope.context();
        exprs
            .iter()
            .map(|expr| {
                columnar::evaluate_column(expr, batch.columns(), batch.num_rows(), &context)
            })
            .collect()
    }

    /// FILTER first: the arguments of rows that it leaves out are not evaluated.
    fn input(&self, aggregate: &Aggregate, batch: &RecordBatch) -> Result<Input> {
        let context = self.scope.context();
        let keys: Vec<Expr> = aggregate.order.iter().map(|key| key.expr.clone()).collect();
        let Some(filter) = &aggregate.filter else {
            return Ok(Input {
                mask: None,
                args: self.columns(&aggregate.args, batch)?,
                keys: self.columns(&keys, batch)?,
            });
        };
        let mask = columnar::filter_mask(filter, batch.columns(), batch.num_rows(), &context)?;
        let passed = datafusion::arrow::compute::filter_record_batch(batch, &mask)
            .map_err(|error| crate::base::PgError::internal(error.to_string()))?;
        Ok(Input {
            args: self.columns(&aggregate.args, &passed)?,
            keys: self.columns(&keys, &passed)?,
            mask: Some(mask),
        })
    }

    /// The group of each row; new groups are made.
    fn members(
        &self,
        set: &[usize],
        groups: &[ArrayRef],
        rows: usize,
        table: &mut Table,
        specs: &[Spec],
        ledger: &mut Ledger,
    ) -> Result<Vec<u32>> {
        let types: Vec<Oid> = self.groups.iter().map(|group| group.ty().oid).collect();
        if set.is_empty() {
            if table.values.is_empty() && rows > 0 {
                self.add_group(table, vec![Datum::Null; groups.len()], specs)?;
            }
            return Ok(vec![0; rows]);
        }
        let mut members = Vec::with_capacity(rows);
        let mut key = Vec::new();
        let mut values = vec![Datum::Null; groups.len()];
        for row in 0..rows {
            key.clear();
            for position in set {
                let value = datum_at(&groups[*position], types[*position], row)?;
                push_key(&value, types[*position], &mut key);
                values[*position] = value;
            }
            let member = match table.by_key.get(&key) {
                Some(member) => *member,
                None => {
                    let bytes = key.len() + crate::query::exec::execution::row_bytes(&values);
                    ledger.grow(bytes + 64 + 96 * specs.len())?;
                    let member = table.values.len() as u32;
                    self.add_group(table, values.clone(), specs)?;
                    table.by_key.insert(key.clone(), member);
                    member
                }
            };
            members.push(member);
        }
        Ok(members)
    }

    fn add_group(&self, table: &mut Table, values: Row, specs: &[Spec]) -> Result<()> {
        table.values.push(values);
        for (states, spec) in table.columns.iter_mut().zip(specs) {
            match states {
                States::Counts(counts) => counts.push(0),
                States::General(states) => states.push(spec.start(&self.scope)?),
            }
        }
        Ok(())
    }

    fn update(
        &self,
        input: &Input,
        states: &mut States,
        spec: &Spec,
        members: &[u32],
        ledger: &mut Ledger,
    ) -> Result<()> {
        let passes = |row: &usize| input.mask.as_ref().is_none_or(|mask| mask.value(*row));
        let mut rows = (0..members.len()).filter(passes).peekable();
        // Places in the arguments, which hold only the rows that pass.
        let mut end = 0;
        while let Some(row) = rows.next() {
            let (member, start) = (members[row], end);
            end += 1;
            while rows.next_if(|row| members[*row] == member).is_some() {
                end += 1;
            }
            self.update_run(input, states, spec, member as usize, start..end, ledger)?;
        }
        Ok(())
    }

    /// Adds a run of rows that belong to one group.
    fn update_run(
        &self,
        input: &Input,
        states: &mut States,
        spec: &Spec,
        member: usize,
        run: Range<usize>,
        ledger: &mut Ledger,
    ) -> Result<()> {
        let states = match states {
            States::Counts(counts) => {
                let nulls = input.args.first().and_then(|column| column.nulls());
                counts[member] += match nulls {
                    Some(nulls) => run.filter(|at| nulls.is_valid(*at)).count(),
                    None => run.len(),
                } as i64;
                return Ok(());
            }
            States::General(states) => states,
        };
        let state = &mut states[member];
        if spec.add_cells(state, &input.args, run.clone(), &self.scope)? {
            return Ok(());
        }
        let aggregate = spec.aggregate();
        for at in run {
            let args = row_of(&input.args, aggregate.args.iter().map(Expr::ty), at)?;
            let types = aggregate.order.iter().map(|key| key.expr.ty());
            let keys = row_of(&input.keys, types, at)?;
            let bytes = spec.add_values(state, args, keys, &self.scope)?;
            if bytes > 0 {
                ledger.grow(bytes)?;
            }
        }
        Ok(())
    }

    fn output(&self, tables: Vec<Table>, specs: &[Spec]) -> Result<Vec<RecordBatch>> {
        let schema = schema_of(&self.fields);
        let several = self.sets.len() > 1;
        let mut rows: Vec<Row> = Vec::new();
        let mut made = Vec::new();
        for (set, mut table) in self.sets.iter().zip(tables) {
            if table.values.is_empty() && set.is_empty() {
                self.add_group(&mut table, vec![Datum::Null; self.groups.len()], specs)?;
            }
            for (group, mut row) in table.values.into_iter().enumerate() {
                for (states, spec) in table.columns.iter_mut().zip(specs) {
                    row.push(match states {
                        States::Counts(counts) => Datum::Int8(counts[group]),
                        States::General(states) => spec.finish(&mut states[group], &self.scope)?,
                    });
                }
                if several {
                    row.push(Datum::Int4(grouping_bits(self.groups.len(), set)));
                }
                rows.push(row);
                if rows.len() == BATCH_ROWS {
                    made.push(batch_of(&rows, &self.fields, &schema)?);
                    rows.clear();
                }
            }
        }
        if !rows.is_empty() {
            made.push(batch_of(&rows, &self.fields, &schema)?);
        }
        Ok(made)
    }
}

fn new_states(aggregate: &Aggregate) -> States {
    let counts = aggregate.function.name == "count"
        && !aggregate.distinct
        && !aggregate.within_group
        && aggregate.args.len() <= 1;
    if counts { States::Counts(Vec::new()) } else { States::General(Vec::new()) }
}

fn row_of(
    columns: &[ArrayRef],
    types: impl Iterator<Item = crate::types::PgType>,
    row: usize,
) -> Result<Row> {
    columns.iter().zip(types).map(|(column, ty)| datum_at(column, ty.oid, row)).collect()
}
