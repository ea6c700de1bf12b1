//! Literals, and the SQL-standard functions without parentheses.

use std::sync::Arc;

use super::{Binder, resolve, scope::Scope};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        functions::registry,
        ir::{Call, Expr},
        parse::ast,
    },
    types::{Datum, PgType, bits, oid, text_io},
};

impl Binder<'_> {
    /// An integer takes the smallest of int4, int8 and numeric that holds it; a string is unknown.
    pub(super) fn constant(&self, constant: &ast::AConst) -> Result<Expr> {
        use ast::a_const::Val;
        Ok(match &constant.val {
            _ if constant.isnull => Expr::Const(Datum::Null, PgType::UNKNOWN),
            None => Expr::Const(Datum::Null, PgType::UNKNOWN),
            Some(Val::Ival(value)) => Expr::Const(Datum::Int4(value.ival), PgType::INT4),
            Some(Val::Fval(value)) => self.number(&value.fval)?,
            Some(Val::Boolval(value)) => Expr::Const(Datum::Bool(value.boolval), PgType::BOOL),
            Some(Val::Sval(value)) => {
                let text: Arc<str> = Arc::from(value.sval.as_str());
                let address = text.as_ptr() as usize;
                self.literals.borrow_mut().insert(address, constant.location);
                Expr::Const(Datum::Text(text), PgType::UNKNOWN)
            }
            // `b101` or `x1F`, as the type's input function reads it.
            Some(Val::Bsval(value)) => {
                let bits =
                    bits::parse(&value.bsval).map_err(|error| error.at(constant.location))?;
                Expr::Const(Datum::Bits(bits), PgType::new(oid::BIT))
            }
        })
    }

    fn number(&self, text: &str) -> Result<Expr> {
        let int8 = PgType::INT8;
        if !text.contains(['.', 'e', 'E'])
            && let Ok(value) = text_io::parse(text, int8, &self.env.style)
        {
            // `-2147483648` comes as one constant, whose digits alone are no int4.
            return Ok(match i32::try_from(value.as_i64()) {
                Ok(value) => Expr::Const(Datum::Int4(value), PgType::INT4),
                Err(_) => Expr::Const(value, int8),
            });
        }
        let numeric = PgType::new(oid::NUMERIC);
        Ok(Expr::Const(text_io::parse(text, numeric, &self.env.style)?, numeric))
    }

    /// Where the literal with this value stands; -1 if it is none of the text's.
    pub(super) fn literal_location(&self, text: &Arc<str>) -> i32 {
        self.literals.borrow().get(&(text.as_ptr() as usize)).copied().unwrap_or(-1)
    }

    /// `CURRENT_TIMESTAMP(3)`, `CURRENT_USER`, ...
    pub(super) fn sql_value(
        &self,
        function: &ast::SqlValueFunction,
        _scope: &Scope,
    ) -> Result<Expr> {
        use ast::SqlValueFunctionOp as Op;
        let (name, precise) = match function.op() {
            Op::SvfopCurrentDate => ("current_date", false),
            Op::SvfopCurrentTime => ("current_time", false),
            Op::SvfopCurrentTimeN => ("current_time", true),
            Op::SvfopCurrentTimestamp => ("current_timestamp", false),
            Op::SvfopCurrentTimestampN => ("current_timestamp", true),
            Op::SvfopLocaltime => ("localtime", false),
            Op::SvfopLocaltimeN => ("localtime", true),
            Op::SvfopLocaltimestamp => ("localtimestamp", false),
            Op::SvfopLocaltimestampN => ("localtimestamp", true),
            Op::SvfopCurrentRole | Op::SvfopCurrentUser | Op::SvfopUser => ("current_user", false),
            Op::SvfopSessionUser => ("session_user", false),
            Op::SvfopCurrentCatalog => ("current_database", false),
            Op::SvfopCurrentSchema => ("current_schema", false),
            Op::SqlvalueFunctionOpUndefined => {
                return Err(PgError::internal("undefined SQL value function"));
            }
        };
        let candidates = registry().functions(name);
        let Some(callee) = candidates.iter().find(|callee| callee.args.is_empty()) else {
            return Err(PgError::unsupported(name.to_uppercase()).at(function.location));
        };
        let result = PgType::new(callee.result);
        let call = Expr::Call(Box::new(Call {
            function: callee.clone(),
            args: vec![],
            ty: result,
            location: function.location,
            spread: false,
        }));
        if precise {
            return self.cast(call, PgType::with_typmod(result.oid, function.typmod), -1);
        }
        Ok(call)
    }

    /// The declared result of a call whose parameters may be polymorphic.
    pub(super) fn result_type(
        &self,
        declared: &[crate::base::Oid],
        result: crate::base::Oid,
        given: &[PgType],
        location: i32,
    ) -> Result<(PgType, resolve::Polymorphic)> {
        let polymorphic = resolve::Polymorphic::infer(declared, given, |types| {
            self.common_of(types, "ARRAY").ok()
        });
        let ty = polymorphic.actual(result).ok_or_else(|| {
            PgError::new(
                sqlstate::DATATYPE_MISMATCH,
                "could not determine polymorphic type because input has type unknown",
            )
            .at(location)
        })?;
        Ok((ty, polymorphic))
    }
}
