//! Assignment to a part of a column: `SET a[2] = x`, `SET a[1:2] = y`, `SET doc['a'] = z`.

use super::{Binder, expr::location, inner, required, scope::Scope};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        functions::{CastContext, FunctionRef, assignment},
        ir::{Call, Expr},
        parse::{NodeEnum, ast},
    },
    storage::catalog::Column,
    types::{Datum, PgType, oid},
};

/// What of a column is assigned.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Whole,
    Inside {
        function: FunctionRef,
        /// What follows the container and the value.
        subscripts: Vec<Expr>,
        /// What the value must be.
        ty: PgType,
    },
}

impl Part {
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Part::Whole)
    }

    /// The type that a value for it must have.
    pub(super) fn ty(&self, column: &Column) -> PgType {
        match self {
            Part::Whole => column.ty,
            Part::Inside { ty, .. } => *ty,
        }
    }
}

fn integers(elements: Vec<Expr>) -> Expr {
    let ty = PgType::new(oid::array_of(oid::INT4).expect("int4 has an array type"));
    Expr::Array { elements, nested: false, ty }
}

impl Binder<'_> {
    /// What the steps behind a column's name mean.
    ///
    /// Errors: 42804 for a type without parts.
    pub(super) fn part(
        &self,
        column: &Column,
        steps: &[ast::Node],
        scope: &Scope,
        at: i32,
    ) -> Result<Part> {
        if steps.is_empty() {
            return Ok(Part::Whole);
        }
        let mut indices = Vec::with_capacity(steps.len());
        for step in steps {
            match inner(step)? {
                NodeEnum::AIndices(index) => indices.push(index.as_ref()),
                NodeEnum::String(field) => {
                    return Err(PgError::new(
                        sqlstate::DATATYPE_MISMATCH,
                        format!(
                            "cannot assign to field \"{}\" of column \"{}\" because its type {} is not a composite type",
                            field.sval,
                            column.name,
                            self.type_name(column.ty)
                        ),
                    )
                    .at(at));
                }
                _ => return Err(PgError::internal("unexpected step of an assignment")),
            }
        }
        if column.ty.oid == oid::JSONB {
            let (path, of_array) = self.jsonb_path(&indices, scope)?;
            return Ok(Part::Inside {
                function: assignment::jsonb_part(),
                subscripts: vec![path, Expr::Const(Datum::Bool(of_array), PgType::BOOL)],
                ty: column.ty,
            });
        }
        let Some(element) = oid::element_of(column.ty.oid) else {
            return Err(self.not_subscriptable(column.ty).at(at));
        };
        let bound = |node: &Option<Box<ast::Node>>| {
            node.as_deref().map(|node| self.array_index(node, scope)).transpose()
        };
        let none = || Expr::Const(Datum::Null, PgType::INT4);
        if !indices.iter().any(|index| index.is_slice) {
            let indexes = indices.iter().map(|index| Ok(bound(&index.uidx)?.unwrap_or_else(none)));
            return Ok(Part::Inside {
                function: assignment::array_element(),
                subscripts: vec![integers(indexes.collect::<Result<_>>()?)],
                ty: PgType::with_typmod(element, column.ty.typmod),
            });
        }
        let (mut lower, mut upper, mut given) = (Vec::new(), Vec::new(), 0);
        // More dimensions than an array may have are refused when it runs.
        for (at, index) in indices.iter().enumerate() {
            let (low, high) = (bound(&index.lidx)?, bound(&index.uidx)?);
            // A plain subscript among slices means 1:n.
            let low = match index.is_slice {
                true => low,
                false => Some(Expr::Const(Datum::Int4(1), PgType::INT4)),
            };
            let written = i32::from(low.is_some()) | i32::from(high.is_some()) << 1;
            given |= written << (2 * at.min(15));
            lower.push(low.unwrap_or_else(none));
            upper.push(high.unwrap_or_else(none));
        }
        Ok(Part::Inside {
            function: assignment::array_slice(),
            subscripts: vec![
                integers(lower),
                integers(upper),
                Expr::Const(Datum::Int4(given), PgType::INT4),
            ],
            ty: column.ty,
        })
    }

    /// A value for the part. Errors: 42804 with the HINT to cast.
    pub(super) fn coerce_part(&self, expr: Expr, part: &Part, column: &Column) -> Result<Expr> {
        let Part::Inside { ty, .. } = part else {
            return self.coerce_assign(expr, column.ty, &column.name);
        };
        let source = expr.ty();
        self.coerce(expr, *ty, CastContext::Assignment)?.ok_or_else(|| {
            PgError::new(
                sqlstate::DATATYPE_MISMATCH,
                format!(
                    "subscripted assignment to \"{}\" requires type {} but expression is of type {}",
                    column.name,
                    self.type_name(*ty),
                    self.type_name(source)
                ),
            )
            .hint("You will need to rewrite or cast the expression.")
        })
    }

    /// The column's new value: `container` with `value` in the part.
    pub(super) fn assigned(&self, container: Expr, part: Part, value: Expr, ty: PgType) -> Expr {
        let Part::Inside { function, subscripts, .. } = part else { return value };
        let mut args = vec![container, value];
        args.extend(subscripts);
        Expr::Call(Box::new(Call { function, args, ty, location: -1, spread: false }))
    }

    /// A subscript of an array. Errors: 42804 for what is no integer.
    pub(super) fn array_index(&self, node: &ast::Node, scope: &Scope) -> Result<Expr> {
        let index = self.expr(node, scope)?;
        self.coerce(index, PgType::INT4, CastContext::Assignment)
            .map_err(|error| error.at(location(node)))?
            .ok_or_else(|| {
                PgError::new(sqlstate::DATATYPE_MISMATCH, "array subscript must have type integer")
                    .at(location(node))
            })
    }

    /// The steps into a `jsonb` value as `text[]`, and whether the first is an element's.
    ///
    /// Errors: 42804 for slices and for what is neither integer nor text.
    pub(super) fn jsonb_path(
        &self,
        indices: &[&ast::AIndices],
        scope: &Scope,
    ) -> Result<(Expr, bool)> {
        let (mut path, mut of_array) = (Vec::new(), false);
        for (at, index) in indices.iter().enumerate() {
            if index.is_slice {
                let bound = index.uidx.as_deref().or(index.lidx.as_deref());
                return Err(PgError::new(
                    sqlstate::DATATYPE_MISMATCH,
                    "jsonb subscript does not support slices",
                )
                .at(bound.map_or(-1, location)));
            }
            let node = required(&index.uidx)?;
            let step = self.expr(node, scope)?;
            let given = step.ty().oid;
            let fits = |target| super::can_coerce(given, target, CastContext::Implicit);
            let refused = |hint: &str| {
                PgError::new(
                    sqlstate::DATATYPE_MISMATCH,
                    format!("subscript type {} is not supported", self.type_name(step.ty())),
                )
                .hint(hint)
                .at(location(node))
            };
            let target = match (fits(oid::INT4), fits(oid::TEXT)) {
                _ if given == oid::UNKNOWN => PgType::TEXT,
                (true, true) => {
                    return Err(refused(
                        "jsonb subscript must be coercible to only one type, integer or text.",
                    ));
                }
                (true, false) => PgType::INT4,
                (false, true) => PgType::TEXT,
                (false, false) => {
                    return Err(refused(
                        "jsonb subscript must be coercible to either integer or text.",
                    ));
                }
            };
            of_array |= at == 0 && target == PgType::INT4;
            let step = self.coerce_implicit(step, target)?;
            path.push(self.cast(step, PgType::TEXT, -1)?);
        }
        let ty = PgType::new(oid::array_of(oid::TEXT).expect("text has an array type"));
        Ok((Expr::Array { elements: path, nested: false, ty }, of_array))
    }

    /// 42804 `cannot subscript type integer because it does not support subscripting`
    pub(super) fn not_subscriptable(&self, ty: PgType) -> PgError {
        PgError::new(
            sqlstate::DATATYPE_MISMATCH,
            format!(
                "cannot subscript type {} because it does not support subscripting",
                self.type_name(ty)
            ),
        )
    }
}
