//! `has_table_privilege` and its kin: `([role,] object, privileges)`, where one of the privileges is
//! enough. Columns have `([role,] table, column, privileges)`.

use super::{
    Context,
    items::{DEFAULTS, privilege},
    target::{self, Kind, Target},
};
use crate::{
    base::{Oid, Result},
    err,
    storage::catalog::Object,
    types::{Datum, aclitem},
};

macro_rules! held {
    ($($name:ident $kind:ident;)*) => {$(
        pub(super) fn $name(context: &Context, args: &[Datum]) -> Result<Datum> {
            held(context, args, Kind::$kind)
        }
    )*};
}

held! {
    has_any_column_privilege AnyColumn;
    has_column_privilege Column;
    has_database_privilege Database;
    has_foreign_data_wrapper_privilege ForeignDataWrapper;
    has_function_privilege Function;
    has_language_privilege Language;
    has_largeobject_privilege LargeObject;
    has_parameter_privilege Parameter;
    has_schema_privilege Schema;
    has_sequence_privilege Sequence;
    has_server_privilege Server;
    has_table_privilege Table;
    has_tablespace_privilege Tablespace;
    has_type_privilege Type;
}

/// Errors: 42704 for an unknown role; those of the object's kind; 22023 for an unknown privilege.
fn held(context: &Context, args: &[Datum], kind: Kind) -> Result<Datum> {
    let without_role = if kind == Kind::Column { 3 } else { 2 };
    let (role, args) = args.split_at(args.len() - without_role);
    let subject = subject(context, role.first())?;
    let Some(found) = target::find(context, kind, &args[0])? else { return Ok(Datum::Null) };
    if kind == Kind::Column && !target::has_column(context, &found, &args[1])? {
        return Ok(Datum::Null);
    }
    let mut any = false;
    for word in args[without_role - 1].as_str().split(',') {
        let (word, to_pass_on) = split_option(word, &[" WITH GRANT OPTION"]);
        let bit = privilege(word, kind.letters())?;
        any |= match subject {
            Subject::Superuser => true,
            Subject::Public => !to_pass_on && aclitem::bits(public(kind, &found)) & bit != 0,
        };
    }
    Ok(Datum::Bool(any))
}

/// `([role,] role, USAGE|MEMBER|SET)`. The superuser is taken for a member of every role.
///
/// Errors: 42704, 22023.
pub(super) fn pg_has_role(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (role, args) = args.split_at(args.len() - 2);
    let subject = subject(context, role.first())?;
    if let Datum::Text(name) = &args[0]
        && context.env.catalog.role_named(name).is_none()
    {
        return err!(UNDEFINED_OBJECT, "role \"{name}\" does not exist");
    }
    for word in args[1].as_str().split(',') {
        let (word, _) = split_option(word, &[" WITH GRANT OPTION", " WITH ADMIN OPTION"]);
        if !["USAGE", "MEMBER", "SET"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return err!(INVALID_PARAMETER_VALUE, "unrecognized privilege type: \"{word}\"");
        }
    }
    Ok(Datum::Bool(subject == Subject::Superuser))
}

/// Whose privileges are asked for. Whoever is no superuser has what PUBLIC has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Superuser,
    Public,
}

fn subject(context: &Context, role: Option<&Datum>) -> Result<Subject> {
    let catalog = &context.env.catalog;
    let found = match role {
        None => catalog.role_named(&context.env.current_user),
        Some(Datum::Text(name)) if **name == *"public" => None,
        Some(Datum::Text(name)) => match catalog.role_named(name) {
            Some(role) => Some(role),
            None => return err!(UNDEFINED_OBJECT, "role \"{name}\" does not exist"),
        },
        Some(oid) => match catalog.object(Oid(oid.as_i64() as u32)) {
            Some(Object::Role(role)) => Some(role),
            _ => None,
        },
    };
    let superuser = found.is_some_and(|role| role.superuser);
    Ok(if superuser { Subject::Superuser } else { Subject::Public })
}

/// A word without the option behind it, and whether it was there.
fn split_option<'a>(word: &'a str, options: &[&str]) -> (&'a str, bool) {
    let word = word.trim();
    for option in options {
        let Some(at) = word.len().checked_sub(option.len()) else { continue };
        if let (Some(front), Some(end)) = (word.get(..at), word.get(at..))
            && end.eq_ignore_ascii_case(option)
        {
            return (front, true);
        }
    }
    (word, false)
}

/// What everyone may do. Catalogues are for all to read.
fn public(kind: Kind, found: &Target) -> &'static str {
    match kind {
        Kind::Table | Kind::Column | Kind::AnyColumn if found.system => "r",
        Kind::Schema if found.system => "U",
        kind => {
            let default = DEFAULTS.iter().find(|(letter, ..)| *letter == kind.letter());
            default.map_or("", |(_, public, _)| public)
        }
    }
}
