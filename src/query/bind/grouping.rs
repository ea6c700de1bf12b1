//! GROUP BY, grouping sets, HAVING, and the Aggregate operator they make.

use super::{
    Binder,
    aggregate::{Collected, Grouping, has_aggregates, has_windows},
    expr::location,
    inner,
    ordering::NameRule,
    scope::{Item, Scope},
    target::Target,
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Expr, Field, Node, Plan},
        parse::{NodeEnum, ast},
    },
    types::PgType,
};

/// GROUP BY, bound.
pub(super) struct Groups {
    exprs: Vec<Expr>,
    sets: Vec<Vec<usize>>,
}

/// Errors: 42803 for an aggregate in GROUP BY; 42P20 for a window function.
fn refuse_aggregates(expr: &Expr, at: i32) -> Result<()> {
    if has_windows(expr) {
        return Err(PgError::new(
            sqlstate::WINDOWING_ERROR,
            "window functions are not allowed in GROUP BY",
        )
        .at(at));
    }
    if has_aggregates(expr) {
        return Err(PgError::new(
            sqlstate::GROUPING_ERROR,
            "aggregate functions are not allowed in GROUP BY",
        )
        .at(at));
    }
    Ok(())
}

impl Groups {
    pub(super) fn exprs_mut(&mut self) -> &mut [Expr] {
        &mut self.exprs
    }
}

impl Binder<'_> {
    pub(super) fn group_clause(
        &self,
        nodes: &[ast::Node],
        scope: &Scope,
        targets: &[Target],
    ) -> Result<Groups> {
        let mut groups = Groups { exprs: vec![], sets: vec![vec![]] };
        // Sets may stand here; aggregates are refused once an item is bound.
        let scope = Scope { clause: "GROUP BY", ..scope.clone() };
        for node in nodes {
            let sets = self.grouping_element(node, &scope, targets, &mut groups.exprs)?;
            // Several elements multiply.
            groups.sets = groups
                .sets
                .iter()
                .flat_map(|left| {
                    sets.iter().map(move |right| {
                        let mut both = left.clone();
                        both.extend(right.iter().filter(|index| !left.contains(index)));
                        both
                    })
                })
                .collect();
        }
        Ok(groups)
    }

    /// The grouping sets of one element, as positions in `exprs`.
    fn grouping_element(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &[Target],
        exprs: &mut Vec<Expr>,
    ) -> Result<Vec<Vec<usize>>> {
        let NodeEnum::GroupingSet(set) = inner(node)? else {
            if let NodeEnum::RowExpr(row) = inner(node)? {
                let mut all = Vec::new();
                for item in &row.args {
                    all.push(self.group_item(item, scope, targets, exprs)?);
                }
                return Ok(vec![all]);
            }
            return Ok(vec![vec![self.group_item(node, scope, targets, exprs)?]]);
        };
        let mut parts = Vec::new();
        for item in &set.content {
            parts.push(self.grouping_element(item, scope, targets, exprs)?);
        }
        use ast::GroupingSetKind as Kind;
        let joined = |range: &[Vec<Vec<usize>>]| -> Vec<usize> {
            range.iter().flat_map(|part| part[0].iter().copied()).collect()
        };
        Ok(match set.kind() {
            Kind::GroupingSetEmpty | Kind::Undefined => vec![vec![]],
            Kind::GroupingSetSimple => vec![joined(&parts)],
            Kind::GroupingSetRollup => {
                (0..=parts.len()).rev().map(|count| joined(&parts[..count])).collect()
            }
            Kind::GroupingSetCube => {
                if parts.len() > 12 {
                    return Err(PgError::new(
                        sqlstate::TOO_MANY_COLUMNS,
                        "CUBE is limited to 12 elements",
                    ));
                }
                (0..1usize << parts.len())
                    .rev()
                    .map(|mask| {
                        parts
                            .iter()
                            .enumerate()
                            .filter(|(index, _)| mask & (1 << (parts.len() - 1 - index)) != 0)
                            .flat_map(|(_, part)| part[0].iter().copied())
                            .collect()
                    })
                    .collect()
            }
            Kind::GroupingSetSets => parts.into_iter().flatten().collect(),
        })
    }

    fn group_item(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &[Target],
        exprs: &mut Vec<Expr>,
    ) -> Result<usize> {
        let named = self.named_output(node, scope, targets, "GROUP BY", NameRule::InputFirst)?;
        let expr = match named {
            Some(position) => {
                refuse_aggregates(&targets[position].expr, targets[position].location)?;
                targets[position].expr.clone()
            }
            None => {
                let expr = self.expr(node, scope)?;
                refuse_aggregates(&expr, location(node))?;
                expr
            }
        };
        let expr = self.settle_unknown(expr)?;
        if let Some(known) = exprs.iter().position(|other| other.same(&expr)) {
            return Ok(known);
        }
        exprs.push(expr);
        Ok(exprs.len() - 1)
    }

    /// PostgreSQL's functional dependency: grouping by a primary key groups its table's columns.
    pub(super) fn add_dependent_columns<'e>(
        &self,
        groups: &mut Groups,
        exprs: impl Iterator<Item = &'e Expr>,
        items: &[Item],
    ) {
        if groups.sets.len() != 1 {
            return;
        }
        let grouped = |position: usize, groups: &Groups| {
            groups.exprs.iter().any(|group| matches!(group, Expr::Column(at, _) if *at == position))
        };
        let keyed: Vec<&Item> = items
            .iter()
            .filter(|item| {
                item.table.as_ref().is_some_and(|table| {
                    super::table::primary_key(&self.env.catalog, table).is_some_and(|key| {
                        key.iter().all(|position| {
                            let name = &table.columns[*position].name;
                            item.columns.iter().any(|column| {
                                column.name == *name && grouped(column.position, groups)
                            })
                        })
                    })
                })
            })
            .collect();
        if keyed.is_empty() {
            return;
        }
        for expr in exprs {
            expr.walk(&mut |inner, level| {
                let at = match inner {
                    Expr::Column(at, _) if level == 0 => *at,
                    Expr::Outer { levels, column, .. } if *levels == level && level > 0 => *column,
                    _ => return,
                };
                let column = keyed
                    .iter()
                    .flat_map(|item| &item.columns)
                    .find(|column| column.position == at);
                if let Some(column) = column
                    && !grouped(at, groups)
                {
                    groups.sets[0].push(groups.exprs.len());
                    groups.exprs.push(Expr::Column(at, column.ty));
                }
            });
        }
    }

    /// Puts the Aggregate operator on `plan` and moves the expressions above it.
    pub(super) fn aggregate(
        &self,
        plan: Plan,
        groups: &Groups,
        collected: &mut Collected,
        targets: &mut [Target],
        having: &mut Option<Expr>,
        scope: &Scope,
    ) -> Result<Plan> {
        let name_of = |position: usize| {
            scope
                .items
                .iter()
                .flat_map(|item| item.columns.iter().map(move |column| (item, column)))
                .find(|(_, column)| column.position == position)
                .map(|(item, column)| match item.alias.as_str() {
                    "" => column.name.clone(),
                    alias => format!("{alias}.{}", column.name),
                })
                .unwrap_or_default()
        };
        let grouping = Grouping {
            groups: &groups.exprs,
            aggregates: collected.aggregates.len(),
            groupings: &collected.groupings,
            name_of: &name_of,
        };
        for target in targets.iter_mut() {
            grouping.settle(&mut target.expr, target.location)?;
        }
        if let Some(having) = having {
            grouping.settle(having, -1)?;
        }
        for call in &mut collected.windows {
            let keys = call.order.iter_mut().map(|key| &mut key.expr);
            for expr in
                call.args.iter_mut().chain(&mut call.partition).chain(keys).chain(&mut call.filter)
            {
                grouping.settle(expr, -1)?;
            }
        }
        for call in &mut collected.sets {
            for arg in &mut call.args {
                grouping.settle(arg, call.location)?;
            }
        }
        let aggregates = std::mem::take(&mut collected.aggregates);
        let mut fields: Vec<Field> = groups
            .exprs
            .iter()
            .map(|expr| Field::new("group", expr.ty()))
            .chain(aggregates.iter().map(|call| Field::new(call.function.name, call.ty)))
            .collect();
        if groups.sets.len() > 1 {
            fields.push(Field::new("grouping", PgType::INT4));
        } else if !collected.groupings.is_empty() {
            // With one set nothing is ever missing: GROUPING is 0.
            let zero = Expr::Const(crate::types::Datum::Int4(0), PgType::INT4);
            let width = groups.exprs.len() + aggregates.len();
            for target in targets {
                replace_column(&mut target.expr, width, &zero);
            }
            if let Some(having) = having {
                replace_column(having, width, &zero);
            }
        }
        Ok(Plan::new(
            Node::Aggregate {
                input: Box::new(plan),
                groups: groups.exprs.clone(),
                sets: groups.sets.clone(),
                aggregates,
            },
            fields,
        ))
    }
}

fn replace_column(expr: &mut Expr, position: usize, with: &Expr) {
    expr.walk_mut(0, &mut |expr, level| {
        if level == 0 && matches!(expr, Expr::Column(at, _) if *at == position) {
            *expr = with.clone();
        }
    });
}
