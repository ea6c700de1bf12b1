//! Names of objects as text: `regclass`, `regtype` and their kin.

use std::sync::Arc;

use crate::{
    base::{Oid, PgError, Result, sqlstate},
    fulltext,
    query::{
        bind,
        catalog::{self, DATABASE_OWNER, SystemRelation},
        functions::registry,
        settings::split_names,
    },
    storage::catalog::{Catalog, Object, PG_CATALOG, Schema},
    types::{PgType, oid, text_io::Names, typmod},
};

/// The catalogue, seen through a search path.
#[derive(Debug)]
pub(in crate::query) struct CatalogNames {
    pub catalog: Arc<Catalog>,
    pub search_path: Arc<[Oid]>,
}

impl Names for CatalogNames {
    fn name_of(&self, reg_type: Oid, object: Oid) -> Option<String> {
        match reg_type {
            oid::REGCLASS => self.relation_name(object),
            oid::REGTYPE => self.type_name(object),
            oid::REGNAMESPACE => self.catalog.schema(object).map(|schema| quoted(&schema.name)),
            oid::REGROLE => self.catalog.objects().find_map(|found| match found {
                Object::Role(role) if role.oid == object => Some(quoted(&role.name)),
                _ if object == DATABASE_OWNER.0 => Some(DATABASE_OWNER.1.to_owned()),
                _ => None,
            }),
            oid::REGPROC => registry()
                .function_by_oid(object)
                .map(|function| function.name)
                .or_else(|| catalog::function_name(object))
                .map(str::to_owned),
            oid::REGPROCEDURE => registry().function_by_oid(object).map(|function| {
                let args: Vec<String> = function
                    .args
                    .iter()
                    .map(|arg| typmod::format_type(PgType::new(*arg)))
                    .collect();
                format!("{}({})", function.name, args.join(","))
            }),
            oid::REGCONFIG => {
                fulltext::Config::by_oid(object).ok().map(|config| config.name().to_owned())
            }
            oid::REGDICTIONARY => {
                let dictionary = fulltext::dictionary::Dictionary::by_oid(object);
                dictionary.map(|dictionary| dictionary.name().to_owned())
            }
            _ => None,
        }
    }

    fn object_of(&self, reg_type: Oid, name: &str) -> Result<Oid> {
        let parts = name_parts(name);
        match reg_type {
            oid::REGCLASS => self.relation_oid(&parts, name),
            oid::REGTYPE => type_oid(name),
            oid::REGNAMESPACE => match self.catalog.schema_named(parts.last().map_or("", |p| p)) {
                Some(schema) => Ok(schema.oid),
                None => Err(missing(sqlstate::INVALID_SCHEMA_NAME, "schema", name)),
            },
            oid::REGROLE => match self.catalog.role_named(parts.last().map_or("", |p| p)) {
                Some(role) => Ok(role.oid),
                None if name.trim_matches('"') == DATABASE_OWNER.1 => Ok(DATABASE_OWNER.0),
                None => Err(missing(sqlstate::UNDEFINED_OBJECT, "role", name)),
            },
            oid::REGPROCEDURE => procedure_oid(name),
            oid::REGPROC => {
                let bare = name.split('(').next().unwrap_or(name);
                let bare = bare.strip_prefix("pg_catalog.").unwrap_or(bare);
                match registry().functions(bare) {
                    [function, ..] => Ok(function.oid),
                    [] => catalog::function_named(bare)
                        .ok_or_else(|| missing(sqlstate::UNDEFINED_FUNCTION, "function", name)),
                }
            }
            oid::REGCONFIG => {
                let bare = name.strip_prefix("pg_catalog.").unwrap_or(name);
                fulltext::Config::by_name(bare).map(|config| config.oid())
            }
            oid::REGDICTIONARY => {
                let bare = name.strip_prefix("pg_catalog.").unwrap_or(name);
                match fulltext::dictionary::Dictionary::by_name(bare) {
                    Some(dictionary) => Ok(dictionary.oid()),
                    None => {
                        Err(missing(sqlstate::UNDEFINED_OBJECT, "text search dictionary", name))
                    }
                }
            }
            _ => Err(PgError::unsupported(format!(
                "input of type {}",
                typmod::format_type(PgType::new(reg_type))
            ))),
        }
    }
}

fn missing(code: crate::base::SqlState, kind: &str, name: &str) -> PgError {
    PgError::new(code, format!("{kind} \"{name}\" does not exist"))
}

impl CatalogNames {
    /// The schemas an unqualified name is looked up in.
    fn schemas(&self) -> Vec<Oid> {
        let mut schemas = Vec::with_capacity(self.search_path.len() + 1);
        if !self.search_path.contains(&PG_CATALOG) {
            schemas.push(PG_CATALOG);
        }
        schemas.extend(self.search_path.iter());
        schemas
    }

    fn schema_named(&self, name: &str) -> Option<&Arc<Schema>> {
        self.catalog.schema_named_on(&self.search_path, name)
    }

    fn lookup(&self, schema: Oid, name: &str) -> Option<Oid> {
        let system: Option<&SystemRelation> = catalog::system_relation(schema, name);
        system
            .map(|system| system.oid)
            .or_else(|| self.catalog.relation(schema, name).map(Object::oid))
    }

    /// Errors: 42P01 `relation "x" does not exist`.
    pub fn relation_oid(&self, parts: &[String], shown: &str) -> Result<Oid> {
        let found = match parts {
            [name] => self.schemas().into_iter().find_map(|schema| self.lookup(schema, name)),
            [schema, name] | [_, schema, name] => match self.schema_named(schema) {
                Some(schema) => self.lookup(schema.oid, name),
                None => return Err(missing(sqlstate::INVALID_SCHEMA_NAME, "schema", schema)),
            },
            _ => None,
        };
        found.ok_or_else(|| missing(sqlstate::UNDEFINED_TABLE, "relation", shown))
    }

    /// pgvector's types stand in `public`.
    fn type_name(&self, ty: Oid) -> Option<String> {
        let element = oid::element_of(ty).unwrap_or(ty);
        oid::row(element)?;
        let public = self.catalog.schema_named("public").map(|schema| schema.oid);
        let hidden =
            oid::is_vector(element) && !public.is_some_and(|oid| self.search_path.contains(&oid));
        let name = typmod::format_type(PgType::new(ty));
        Some(if hidden { format!("public.{name}") } else { name })
    }

    /// The name, qualified if the search path would not find it.
    fn relation_name(&self, object: Oid) -> Option<String> {
        let (schema, name) = match self.catalog.object(object) {
            Some(found) => found.relation_name(&self.catalog)?,
            None => {
                let system = catalog::relation_by_oid(object)?;
                (system.schema, system.name.to_owned())
            }
        };
        let visible = self.schemas().into_iter().find_map(|schema| self.lookup(schema, &name))
            == Some(object);
        if visible {
            return Some(quoted(&name));
        }
        let schema = self.catalog.schema(schema)?;
        Some(format!("{}.{}", quoted(&schema.name), quoted(&name)))
    }
}

/// The function of `abs(integer)`.
///
/// Errors: 42883 if there is none with these argument types; 22P02 without parentheses.
fn procedure_oid(text: &str) -> Result<Oid> {
    let Some((name, args)) = text.trim_end().strip_suffix(')').and_then(|all| all.split_once('('))
    else {
        return Err(PgError::new(
            sqlstate::INVALID_TEXT_REPRESENTATION,
            "expected a left parenthesis",
        ));
    };
    let args = args.split(',').map(str::trim).filter(|arg| !arg.is_empty());
    let args = args.map(type_oid).collect::<Result<Vec<_>>>()?;
    let name = name.trim();
    let bare = name.strip_prefix("pg_catalog.").or(name.strip_prefix("public.")).unwrap_or(name);
    let found = registry().functions(bare).iter().find(|function| function.args == args);
    found
        .map(|function| function.oid)
        .or_else(|| catalog::function_named(bare).filter(|_| registry().functions(bare).is_empty()))
        .ok_or_else(|| missing(sqlstate::UNDEFINED_FUNCTION, "function", text))
}

fn type_oid(name: &str) -> Result<Oid> {
    let tree = crate::query::parse::parse_expression(&format!("NULL::{name}"));
    let bound = tree.ok().and_then(|node| match node.node {
        Some(crate::query::parse::NodeEnum::TypeCast(cast)) => cast.type_name,
        _ => None,
    });
    match bound {
        Some(named) => match bind::bind_type(&named) {
            // To who only asks for its number, it is one that does not exist.
            Err(error) if error.code == sqlstate::FEATURE_NOT_SUPPORTED => {
                Err(missing(sqlstate::UNDEFINED_OBJECT, "type", name))
            }
            bound => bound.map(|ty| ty.oid),
        },
        None => Err(missing(sqlstate::UNDEFINED_OBJECT, "type", name)),
    }
}

/// `a."B".c` in parts, unquoted ones folded.
pub(in crate::query) fn name_parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in name.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                parts.extend(split_names(&name[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(split_names(&name[start..]));
    parts
}

/// An identifier as SQL text: quoted where it must be.
pub(in crate::query) fn quoted(name: &str) -> String {
    let plain = name.chars().enumerate().all(|(at, c)| {
        c.is_ascii_lowercase() || c == '_' || (at > 0 && (c.is_ascii_digit() || c == '$'))
    });
    if plain && !name.is_empty() && !is_reserved(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Reserved words that people use as names.
fn is_reserved(name: &str) -> bool {
    matches!(
        name,
        "all"
            | "analyse"
            | "analyze"
            | "and"
            | "any"
            | "array"
            | "as"
            | "asc"
            | "asymmetric"
            | "both"
            | "case"
            | "cast"
            | "check"
            | "collate"
            | "column"
            | "constraint"
            | "create"
            | "current_date"
            | "current_role"
            | "current_time"
            | "current_timestamp"
            | "current_user"
            | "default"
            | "deferrable"
            | "desc"
            | "distinct"
            | "do"
            | "else"
            | "end"
            | "except"
            | "false"
            | "fetch"
            | "for"
            | "foreign"
            | "from"
            | "grant"
            | "group"
            | "having"
            | "in"
            | "initially"
            | "intersect"
            | "into"
            | "lateral"
            | "leading"
            | "limit"
            | "localtime"
            | "localtimestamp"
            | "not"
            | "null"
            | "offset"
            | "on"
            | "only"
            | "or"
            | "order"
            | "placing"
            | "primary"
            | "references"
            | "returning"
            | "select"
            | "session_user"
            | "some"
            | "symmetric"
            | "table"
            | "then"
            | "to"
            | "trailing"
            | "true"
            | "union"
            | "unique"
            | "user"
            | "using"
            | "variadic"
            | "when"
            | "where"
            | "window"
            | "with"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_and_quote() {
        assert_eq!(name_parts("public.\"My Table\""), ["public", "My Table"]);
        assert_eq!(name_parts("Docs"), ["docs"]);
        assert_eq!(quoted("docs"), "docs");
        assert_eq!(quoted("User"), "\"User\"");
        assert_eq!(quoted("order"), "\"order\"");
    }
}
