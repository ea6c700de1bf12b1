//! Hand-made plans and in-memory tables for tests.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use datafusion::execution::memory_pool::UnboundedMemoryPool;

use super::{
    execution::{CancelToken, Execution, SearchSettings},
    search::{Answer, Search, TextRequest, VectorRequest},
    source::{KeyRange, RowVisitor, Source},
};
use crate::{
    base::{Csn, Oid, PgError, Result, RowId, TableId, ids::IndexId},
    err,
    query::{
        env::Env,
        functions::{Accumulator, Body, Context, Function, Volatility, registry},
        ir::{Aggregate, Call, Expr, Field, Node, Plan, Scan, SortKey},
    },
    storage::{
        Lookup,
        catalog::{self, Catalog, Column, Table},
    },
    types::{Datum, PgType, oid, row, text_io::Style},
};

pub fn env() -> Env {
    Env::without_session(Arc::new(Catalog::bootstrap()), Style::default())
}

/// A table in memory.
#[derive(Default)]
pub struct Tables {
    pub rows: BTreeMap<TableId, BTreeMap<RowId, Vec<u8>>>,
    /// Index entries: key and row.
    pub entries: BTreeMap<IndexId, Vec<(Vec<u8>, RowId)>>,
}

impl Tables {
    pub fn insert(&mut self, table: &Table, values: &[Datum]) -> RowId {
        let rows = self.rows.entry(table.oid).or_default();
        let id = RowId(rows.len() as u64 + 1);
        let mut bytes = Vec::new();
        row::encode(values, &mut bytes);
        rows.insert(id, bytes);
        id
    }
}

impl Source for Tables {
    fn scan(&self, table: TableId, after: Option<RowId>, visit: &mut RowVisitor) -> Result<()> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        for (id, bytes) in
            self.rows.get(&table).iter().flat_map(|rows| rows.range((start, Bound::Unbounded)))
        {
            if !visit(*id, Csn(1), bytes)? {
                break;
            }
        }
        Ok(())
    }

    fn row(&self, table: TableId, row: RowId, visit: &mut RowVisitor) -> Result<()> {
        if let Some(bytes) = self.rows.get(&table).and_then(|rows| rows.get(&row)) {
            visit(row, Csn(1), bytes)?;
        }
        Ok(())
    }

    fn index_range(
        &self,
        _: TableId,
        index: IndexId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()> {
        for (key, row) in self.entries.get(&index).into_iter().flatten() {
            let above = match lower {
                Bound::Unbounded => true,
                Bound::Included(bound) => key.as_slice() >= bound,
                Bound::Excluded(bound) => key.as_slice() > bound && !key.starts_with(bound),
            };
            let below = match upper {
                Bound::Unbounded => true,
                Bound::Included(bound) => key.as_slice() <= bound || key.starts_with(bound),
                Bound::Excluded(bound) => key.as_slice() < bound,
            };
            if above && below && !visit(*row)? {
                break;
            }
        }
        Ok(())
    }

    fn index_order(
        &self,
        table: TableId,
        KeyRange { index, lower, upper }: KeyRange<'_>,
        descending: bool,
        visit: &mut dyn FnMut(RowId, bool) -> Result<bool>,
    ) -> Result<()> {
        let mut found = Vec::new();
        self.index_range(table, index, lower, upper, &mut |row| {
            found.push(row);
            Ok(true)
        })?;
        if descending {
            found.reverse();
        }
        for row in found {
            if !visit(row, true)? {
                break;
            }
        }
        Ok(())
    }

    fn index_rows(
        &self,
        table: TableId,
        _: &Lookup,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()> {
        // Any row may be named, as uncommitted ones are.
        for row in self.rows.get(&table).into_iter().flat_map(BTreeMap::keys) {
            if !visit(*row)? {
                break;
            }
        }
        Ok(())
    }

    fn row_count(&self, table: TableId) -> Result<u64> {
        Ok(self.rows.get(&table).map_or(0, |rows| rows.len() as u64))
    }
}

struct NoSearch;

impl Search for NoSearch {
    fn vector(&self, _: VectorRequest) -> Result<Answer<'_>> {
        Err(PgError::unsupported("vector search"))
    }
    fn text(&self, _: TextRequest) -> Result<Answer<'_>> {
        Err(PgError::unsupported("text search"))
    }
}

pub fn execution(tables: Tables) -> Arc<Execution> {
    Arc::new(Execution {
        env: Arc::new(env()),
        source: Arc::new(tables),
        search: Arc::new(NoSearch),
        params: Arc::new([]),
        settings: SearchSettings::default(),
        system: |_, _| Ok(vec![]),
        cancel: CancelToken::new(),
        memory: Arc::new(UnboundedMemoryPool::default()),
        ctes: vec![],
        profile: None,
    })
}

pub fn table(oid: u32, columns: &[(&str, Oid)]) -> Arc<Table> {
    Arc::new(Table {
        oid: Oid(oid),
        schema: catalog::PUBLIC,
        name: format!("t{oid}"),
        owner: catalog::SUPERUSER,
        columns: columns
            .iter()
            .map(|(name, type_oid)| Column {
                name: (*name).into(),
                ty: PgType::new(*type_oid),
                not_null: false,
                default: None,
                generated: None,
                identity: None,
                sequence: None,
                dropped: false,
                missing: None,
            })
            .collect(),
        checks: vec![],
        indexes: vec![],
        temporary: false,
        foreign_keys: vec![],
    })
}

pub fn scan(table: &Arc<Table>) -> Plan {
    let fields: Vec<Field> =
        table.columns.iter().map(|column| Field::new(&column.name, column.ty)).collect();
    let scan = Scan {
        table: table.clone(),
        columns: (0..table.columns.len()).collect(),
        row_id: false,
        filter: None,
    };
    Plan::new(Node::Scan(scan), fields)
}

pub fn int4(value: i32) -> Expr {
    Expr::Const(Datum::Int4(value), PgType::INT4)
}

pub fn text(value: &str) -> Expr {
    Expr::Const(Datum::text(value), PgType::TEXT)
}

pub fn column(position: usize, type_oid: Oid) -> Expr {
    Expr::Column(position, PgType::new(type_oid))
}

/// A call of a catalogue function by its exact types.
pub fn function(name: &str, args: Vec<Expr>) -> Expr {
    let types: Vec<Oid> = args.iter().map(|arg| arg.ty().oid).collect();
    let function = registry()
        .exact(name, &types)
        .unwrap_or_else(|| panic!("no function {name}({types:?})"))
        .clone();
    let ty = PgType::new(function.result);
    Expr::Call(Box::new(Call { function, args, ty, location: -1, spread: false }))
}

/// A function that is only here: `fail` raises an error, `eq` compares two int4.
pub fn call(name: &'static str, args: Vec<Expr>) -> Expr {
    let body = match name {
        "fail" => Body::Scalar(|_, _| err!(DIVISION_BY_ZERO, "division by zero")),
        _ => Body::Scalar(|_, args| Ok(Datum::Bool(args[0] == args[1]))),
    };
    let function = Function {
        oid: Oid(0),
        name,
        args: &[],
        defaults: &[],
        variadic: false,
        result: oid::BOOL,
        columns: &[],
        strict: true,
        volatility: Volatility::Immutable,
        body,
    };
    Expr::Call(Box::new(Call {
        function: Arc::new(function),
        args,
        ty: PgType::BOOL,
        location: -1,
        spread: false,
    }))
}

#[derive(Debug, Default)]
struct Total(i64);

impl Accumulator for Total {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.0 += args[0].as_i64();
        Ok(())
    }
    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(Datum::Int8(self.0))
    }
    fn size(&self) -> usize {
        8
    }
}

/// An aggregate that adds int4 up; 0 for no rows.
pub fn total(arg: Expr) -> Aggregate {
    let Expr::Call(call) = call("total", vec![]) else { unreachable!() };
    let mut function = Function::clone(&call.function);
    function.body = Body::Aggregate(|_| Box::<Total>::default());
    Aggregate {
        function: Arc::new(function),
        args: vec![arg],
        distinct: false,
        filter: None,
        order: vec![],
        within_group: false,
        ty: PgType::INT8,
    }
}

pub fn ascending(expr: Expr) -> SortKey {
    SortKey { expr, descending: false, nulls_first: false }
}

/// A plan over an input, with output columns of these types.
pub fn plan(node: Node, types: &[Oid]) -> Plan {
    let fields: Vec<Field> =
        types.iter().map(|type_oid| Field::new("c", PgType::new(*type_oid))).collect();
    Plan::new(node, fields)
}
