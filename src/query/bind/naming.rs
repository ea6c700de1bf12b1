//! Output names, as PostgreSQL's FigureColname chooses them.

use super::{inner, string};
use crate::query::parse::{NodeEnum, ast};

/// The name of a target without AS.
pub fn output_name(node: &ast::Node) -> String {
    figure(node).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

/// The name, and whether it is a strong one (1 is weak: a type's name in a cast gives way).
fn figure(node: &ast::Node) -> Option<(String, u8)> {
    let strong = |name: &str| Some((name.to_owned(), 2));
    match inner(node).ok()? {
        NodeEnum::ColumnRef(column) => {
            let last = column.fields.iter().rev().find_map(|field| string(field).ok())?;
            strong(last)
        }
        NodeEnum::AIndirection(indirection) => {
            let field = indirection.indirection.iter().rev().find_map(|step| string(step).ok());
            match field {
                Some(field) => strong(field),
                None => figure(indirection.arg.as_deref()?),
            }
        }
        NodeEnum::FuncCall(call) => strong(string(call.funcname.last()?).ok()?),
        NodeEnum::AExpr(expr) if expr.kind() == ast::AExprKind::AexprNullif => strong("nullif"),
        NodeEnum::TypeCast(cast) => {
            let inner_name = figure(cast.arg.as_deref()?);
            if let Some((name, 2)) = inner_name {
                return Some((name, 2));
            }
            let type_name = cast.type_name.as_ref()?.names.last()?;
            Some((string(type_name).ok()?.to_owned(), 1))
        }
        NodeEnum::CollateClause(collate) => figure(collate.arg.as_deref()?),
        NodeEnum::GroupingFunc(_) => strong("grouping"),
        NodeEnum::SubLink(link) => match link.sub_link_type() {
            ast::SubLinkType::ExistsSublink => strong("exists"),
            ast::SubLinkType::ArraySublink => strong("array"),
            ast::SubLinkType::ExprSublink => match inner(link.subselect.as_deref()?).ok()? {
                NodeEnum::SelectStmt(select) => {
                    let mut select = select.as_ref();
                    while let Some(left) = select.larg.as_deref() {
                        select = left;
                    }
                    if !select.values_lists.is_empty() {
                        return strong("column1");
                    }
                    match inner(select.target_list.first()?).ok()? {
                        NodeEnum::ResTarget(target) if !target.name.is_empty() => {
                            strong(&target.name)
                        }
                        NodeEnum::ResTarget(target) => strong(&output_name(target.val.as_deref()?)),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        },
        NodeEnum::CaseExpr(case) => {
            let otherwise = case.defresult.as_deref().and_then(figure);
            match otherwise {
                Some((name, 2)) => Some((name, 2)),
                _ => Some(("case".to_owned(), 1)),
            }
        }
        NodeEnum::AArrayExpr(_) => strong("array"),
        NodeEnum::RowExpr(_) => strong("row"),
        NodeEnum::CoalesceExpr(_) => strong("coalesce"),
        NodeEnum::JsonParseExpr(_) => strong("json"),
        NodeEnum::JsonScalarExpr(_) => strong("json_scalar"),
        NodeEnum::JsonSerializeExpr(_) => strong("json_serialize"),
        NodeEnum::JsonObjectConstructor(_) => strong("json_object"),
        NodeEnum::JsonArrayConstructor(_) | NodeEnum::JsonArrayQueryConstructor(_) => {
            strong("json_array")
        }
        NodeEnum::JsonObjectAgg(_) => strong("json_objectagg"),
        NodeEnum::JsonArrayAgg(_) => strong("json_arrayagg"),
        NodeEnum::MinMaxExpr(extreme) => {
            strong(if extreme.op() == ast::MinMaxOp::IsGreatest { "greatest" } else { "least" })
        }
        NodeEnum::SqlvalueFunction(function) => {
            use ast::SqlValueFunctionOp as Op;
            strong(match function.op() {
                Op::SvfopCurrentDate => "current_date",
                Op::SvfopCurrentTime | Op::SvfopCurrentTimeN => "current_time",
                Op::SvfopCurrentTimestamp | Op::SvfopCurrentTimestampN => "current_timestamp",
                Op::SvfopLocaltime | Op::SvfopLocaltimeN => "localtime",
                Op::SvfopLocaltimestamp | Op::SvfopLocaltimestampN => "localtimestamp",
                Op::SvfopCurrentRole => "current_role",
                Op::SvfopCurrentUser => "current_user",
                Op::SvfopUser => "user",
                Op::SvfopSessionUser => "session_user",
                Op::SvfopCurrentCatalog => "current_catalog",
                Op::SvfopCurrentSchema => "current_schema",
                Op::SqlvalueFunctionOpUndefined => return None,
            })
        }
        _ => None,
    }
}
