//! Coercion: which type may stand for which, and the expression that converts it.
//!
//! Source: PostgreSQL documentation, sections 10.2 to 10.5, and `pg_cast`.

use std::sync::{Arc, LazyLock};

use super::Binder;
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        functions::{Body, CastContext, CastMethod, Context, Function, Volatility, registry},
        ir::{Call, Expr},
    },
    types::{Datum, PgType, oid, text_io, typmod},
};

/// How a value of one type becomes one of another.
#[derive(Clone, Debug)]
pub enum Coercion {
    Relabel,
    Text,
    Function(Arc<Function>),
    Elements(Box<Coercion>, Oid, Oid),
}

/// The way from `source` to `target` that `context` allows.
pub fn find_coercion(source: Oid, target: Oid, context: CastContext) -> Option<Coercion> {
    if source == target {
        return Some(Coercion::Relabel);
    }
    if let Some(cast) = registry().cast(source, target) {
        if cast.context > context {
            return None;
        }
        return Some(match cast.method {
            CastMethod::Relabel => Coercion::Relabel,
            CastMethod::Text => Coercion::Text,
            CastMethod::Function(_) => {
                Coercion::Function(registry().cast_function(source, target)?.clone())
            }
        });
    }
    if let (Some(from), Some(to)) = (oid::element_of(source), oid::element_of(target)) {
        if matches!(target, oid::INT2VECTOR | oid::OIDVECTOR) {
            return None;
        }
        return find_coercion(from, to, context)
            .map(|element| Coercion::Elements(Box::new(element), from, to));
    }
    let to_string = context >= CastContext::Assignment && oid::category(target) == 'S';
    let from_string = context == CastContext::Explicit && oid::category(source) == 'S';
    (to_string || from_string).then_some(Coercion::Text)
}

/// Whether a value of `source` may be given where `target` is wanted.
pub fn can_coerce(source: Oid, target: Oid, context: CastContext) -> bool {
    if source == target || source == oid::UNKNOWN {
        return true;
    }
    match target {
        oid::ANY | oid::ANYELEMENT | oid::ANYCOMPATIBLE => true,
        oid::ANYNONARRAY => !oid::is_array(source),
        oid::ANYARRAY | oid::ANYCOMPATIBLEARRAY => oid::is_array(source),
        oid::ANYRANGE => oid::range_element(source).is_some(),
        oid::ANYMULTIRANGE => oid::multirange_element(source).is_some(),
        _ => find_coercion(source, target, context).is_some(),
    }
}

/// `any`, `anyelement` and their kin.
pub fn is_polymorphic(type_oid: Oid) -> bool {
    matches!(
        type_oid,
        oid::ANY
            | oid::ANYELEMENT
            | oid::ANYNONARRAY
            | oid::ANYARRAY
            | oid::ANYRANGE
            | oid::ANYMULTIRANGE
            | oid::ANYCOMPATIBLE
            | oid::ANYCOMPATIBLEARRAY
    )
}

impl Binder<'_> {
    /// `expr` as a value of `target`, or `None` if `context` allows no way.
    pub(super) fn coerce(
        &self,
        expr: Expr,
        target: PgType,
        context: CastContext,
    ) -> Result<Option<Expr>> {
        let source = expr.ty();
        if source.oid == oid::UNKNOWN {
            return self.coerce_unknown(expr, target, context).map(Some);
        }
        if target.oid == oid::UNKNOWN || is_polymorphic(target.oid) {
            return Ok(Some(expr));
        }
        if target.oid == oid::RECORD && source.oid == oid::RECORD {
            return self.coerce_row(expr, target).map(Some);
        }
        if source.oid == target.oid {
            return self.apply_typmod(expr, target, context).map(Some);
        }
        let Some(coercion) = find_coercion(source.oid, target.oid, context) else {
            return Ok(None);
        };
        // An integer becomes as many bits as the target has.
        let result = match (source.oid, target.oid) {
            (oid::INT4 | oid::INT8, oid::BIT) => target,
            _ => PgType::new(target.oid),
        };
        let expr = apply(coercion, expr, result)?;
        self.apply_typmod(expr, target, context).map(Some)
    }

    /// An unknown literal is read by the target's input function; an open parameter takes the type.
    fn coerce_unknown(&self, expr: Expr, target: PgType, context: CastContext) -> Result<Expr> {
        let target = match target.oid {
            oid::UNKNOWN => return Ok(expr),
            oid::ANYARRAY | oid::ANYCOMPATIBLEARRAY => PgType::TEXT,
            type_oid if is_polymorphic(type_oid) => PgType::TEXT,
            _ => target,
        };
        match expr {
            Expr::Const(Datum::Null, _) => Ok(Expr::Const(Datum::Null, target)),
            Expr::Const(Datum::Text(text), _) => {
                let base = match target.oid {
                    oid::INTERVAL | oid::RECORD => target,
                    type_oid => PgType::new(type_oid),
                };
                let value = text_io::parse(&text, base, &self.env.style)
                    .map_err(|error| error.at(self.literal_location(&text)))?;
                self.apply_typmod(Expr::Const(value, PgType::new(target.oid)), target, context)
            }
            Expr::Param(index, _) => {
                let settled = {
                    let mut params = self.params.borrow_mut();
                    if params[index] == PgType::UNKNOWN {
                        params[index] = PgType::new(target.oid);
                    }
                    params[index]
                };
                let param = Expr::Param(index, settled);
                if settled.oid == target.oid {
                    return self.apply_typmod(param, target, context);
                }
                self.coerce(param, target, context)?
                    .ok_or_else(|| self.mismatch_error(settled, target))
            }
            other => Ok(Expr::CoerceViaText { input: Box::new(other), ty: target }),
        }
    }

    fn mismatch_error(&self, source: PgType, target: PgType) -> PgError {
        PgError::new(
            sqlstate::CANNOT_COERCE,
            format!("cannot cast type {} to {}", self.type_name(source), self.type_name(target)),
        )
    }

    /// Length and precision: `varchar(3)`, `numeric(8,2)`, `vector(384)`.
    fn apply_typmod(&self, expr: Expr, target: PgType, context: CastContext) -> Result<Expr> {
        if target.typmod == -1 || expr.ty().typmod == target.typmod {
            return Ok(expr);
        }
        let explicit = context == CastContext::Explicit;
        if let Expr::Const(value, _) = expr {
            let value = match value {
                Datum::Null => Datum::Null,
                // PostgreSQL computes it after the text has been read.
                value => typmod::coerce(value, target, explicit).map_err(PgError::unplaced)?,
            };
            return Ok(Expr::Const(value, target));
        }
        let function = if explicit { &LENGTH_EXPLICIT } else { &LENGTH_ASSIGNED };
        Ok(Expr::Call(Box::new(Call {
            function: (*function).clone(),
            args: vec![expr],
            ty: target,
            location: -1,
            spread: false,
        })))
    }

    /// `CAST(expr AS target)`. Errors: 42846 `cannot cast type x to y`.
    pub(super) fn cast(&self, expr: Expr, target: PgType, location: i32) -> Result<Expr> {
        let source = expr.ty();
        self.coerce(expr, target, CastContext::Explicit)
            .map_err(|error| error.at(location))?
            .ok_or_else(|| self.mismatch_error(source, target).at(location))
    }

    /// An implicit coercion that the caller knows to be possible.
    pub(super) fn coerce_implicit(&self, expr: Expr, target: PgType) -> Result<Expr> {
        let source = expr.ty();
        self.coerce(expr, target, CastContext::Implicit)?
            .ok_or_else(|| self.mismatch_error(source, target))
    }

    /// A value for a column. Errors: 42804 with the HINT to cast.
    pub(super) fn coerce_assign(&self, expr: Expr, target: PgType, column: &str) -> Result<Expr> {
        let source = expr.ty();
        self.coerce(expr, target, CastContext::Assignment)?.ok_or_else(|| {
            PgError::new(
                sqlstate::DATATYPE_MISMATCH,
                format!(
                    "column \"{column}\" is of type {} but expression is of type {}",
                    self.type_name(target),
                    self.type_name(source)
                ),
            )
            .hint("You will need to rewrite or cast the expression.")
        })
    }

    /// A condition. Errors: 42804 `argument of WHERE must be type boolean, not type integer`.
    pub(super) fn coerce_bool(&self, expr: Expr, clause: &str) -> Result<Expr> {
        let source = expr.ty();
        self.coerce(expr, PgType::BOOL, CastContext::Implicit)?.ok_or_else(|| {
            PgError::new(
                sqlstate::DATATYPE_MISMATCH,
                format!(
                    "argument of {clause} must be type boolean, not type {}",
                    self.type_name(source)
                ),
            )
        })
    }

    /// An unknown literal that nothing gave a type becomes text.
    pub(super) fn settle_unknown(&self, expr: Expr) -> Result<Expr> {
        match expr.ty().oid {
            oid::UNKNOWN => self.coerce_unknown(expr, PgType::TEXT, CastContext::Implicit),
            _ => Ok(expr),
        }
    }

    /// The one type for several expressions (UNION, CASE, ARRAY, VALUES), PostgreSQL's section 10.5.
    ///
    /// Errors: 42804 `CASE types integer and text cannot be matched`.
    pub(super) fn common_type(&self, exprs: &[&Expr], construct: &str) -> Result<PgType> {
        let types: Vec<PgType> = exprs.iter().map(|expr| expr.ty()).collect();
        self.common_of(&types, construct)
    }

    pub(super) fn common_of(&self, types: &[PgType], construct: &str) -> Result<PgType> {
        let Some(&first) = types.first() else { return Ok(PgType::TEXT) };
        if first.oid != oid::UNKNOWN && types.iter().all(|ty| ty.oid == first.oid) {
            let typmod = if types.iter().all(|ty| *ty == first) { first.typmod } else { -1 };
            return Ok(PgType::with_typmod(first.oid, typmod));
        }
        let mut known = types.iter().filter(|ty| ty.oid != oid::UNKNOWN);
        let Some(mut chosen) = known.next().copied() else { return Ok(PgType::TEXT) };
        for &candidate in known {
            if candidate.oid == chosen.oid {
                continue;
            }
            if oid::category(candidate.oid) != oid::category(chosen.oid) {
                return err!(
                    DATATYPE_MISMATCH,
                    "{construct} types {} and {} cannot be matched",
                    self.type_name(chosen),
                    self.type_name(candidate)
                );
            }
            if !oid::is_preferred(chosen.oid)
                && can_coerce(chosen.oid, candidate.oid, CastContext::Implicit)
                && !can_coerce(candidate.oid, chosen.oid, CastContext::Implicit)
            {
                chosen = candidate;
            }
        }
        Ok(PgType::new(chosen.oid))
    }

    /// As [`Binder::coerce_implicit`], naming the construct if it cannot be.
    pub(super) fn coerce_common(
        &self,
        expr: Expr,
        target: PgType,
        construct: &str,
    ) -> Result<Expr> {
        let source = expr.ty();
        self.coerce(expr, target, CastContext::Implicit)?.ok_or_else(|| {
            PgError::new(
                sqlstate::CANNOT_COERCE,
                format!(
                    "{construct} could not convert type {} to {}",
                    self.type_name(source),
                    self.type_name(target)
                ),
            )
        })
    }
}

fn apply(coercion: Coercion, expr: Expr, target: PgType) -> Result<Expr> {
    Ok(match coercion {
        Coercion::Relabel => match expr {
            // Only where the value's kind stays: a constant is simply renamed.
            Expr::Const(value, _) => Expr::Const(value, target),
            expr => Expr::Relabel { input: Box::new(expr), ty: target },
        },
        Coercion::Text => Expr::CoerceViaText { input: Box::new(expr), ty: target },
        Coercion::Function(function) => Expr::Call(Box::new(Call {
            function,
            args: vec![expr],
            ty: target,
            location: -1,
            spread: false,
        })),
        Coercion::Elements(element, from, to) => {
            let inner = apply(*element, Expr::Column(0, PgType::new(from)), PgType::new(to))?;
            Expr::ArrayCoerce { input: Box::new(expr), element: Box::new(inner), ty: target }
        }
    })
}

static LENGTH_ASSIGNED: LazyLock<Arc<Function>> =
    LazyLock::new(|| length_function(|context, args| length(context, args, false)));
static LENGTH_EXPLICIT: LazyLock<Arc<Function>> =
    LazyLock::new(|| length_function(|context, args| length(context, args, true)));

fn length(context: &Context, args: &[Datum], explicit: bool) -> Result<Datum> {
    typmod::coerce(args[0].clone(), context.result, explicit)
}

fn length_function(body: fn(&Context, &[Datum]) -> Result<Datum>) -> Arc<Function> {
    Arc::new(Function {
        oid: Oid(0),
        name: "length_coercion",
        args: &[oid::ANY],
        defaults: &[],
        variadic: false,
        result: oid::ANY,
        columns: &[],
        strict: true,
        volatility: Volatility::Immutable,
        body: Body::Scalar(body),
    })
}
