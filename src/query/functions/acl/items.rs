//! `acldefault`, `aclexplode` and what else works on items.

use std::sync::Arc;

use super::Context;
use crate::{
    base::{Oid, Result},
    err,
    query::{
        catalog::DATABASE_OWNER,
        functions::args::{array, boolean},
    },
    types::{
        Datum,
        aclitem::{self, AclItem, PRIVILEGES},
        array::ArrayValue,
        oid,
        text_io::Names,
    },
};

/// Kinds of objects by their letter: what PUBLIC has at first, and what the owner has.
pub(super) const DEFAULTS: &[(char, &str, &str)] = &[
    ('c', "", ""),
    ('r', "", "arwdDxtm"),
    ('s', "", "rwU"),
    ('d', "Tc", "CTc"),
    ('f', "X", "X"),
    ('l', "U", "U"),
    ('L', "", "rw"),
    ('n', "", "UC"),
    ('p', "", "sA"),
    ('t', "", "C"),
    ('F', "", "U"),
    ('S', "", "U"),
    ('T', "U", "U"),
];

fn names<'a>(context: &Context<'a>) -> Option<&'a dyn Names> {
    context.env.style.names.as_deref()
}

fn oid_of(value: &Datum) -> Oid {
    Oid(value.as_i64() as u32)
}

fn item(context: &Context, value: &Datum) -> Result<AclItem> {
    AclItem::parse(value.as_str(), names(context))
}

/// Errors: 22023 for an array of arrays, 22004 for a NULL in it.
fn items(context: &Context, value: &Datum) -> Result<Vec<AclItem>> {
    let array = array(value);
    if array.dimensions.len() > 1 {
        return err!(INVALID_PARAMETER_VALUE, "ACL arrays must be one-dimensional");
    }
    let read = |value: &Datum| match value {
        Datum::Null => err!(NULL_VALUE_NOT_ALLOWED, "ACL arrays must not contain null values"),
        value => item(context, value),
    };
    array.elements.iter().map(read).collect()
}

/// What an object of that kind and owner has before anything is granted.
///
/// Errors: XX000 for a letter that is no kind's.
pub(super) fn acldefault(context: &Context, args: &[Datum]) -> Result<Datum> {
    let letter = args[0].as_str();
    let Some((_, public, own)) = DEFAULTS.iter().find(|(kind, ..)| letter.starts_with(*kind))
    else {
        return err!(INTERNAL_ERROR, "unrecognized object type abbreviation: {letter}");
    };
    let owner = aclitem::role_name(names(context), oid_of(&args[1]));
    let entry = |grantee: &str, letters: &str| AclItem {
        grantee: grantee.to_owned(),
        grantor: owner.clone(),
        privileges: aclitem::bits(letters),
        grantable: 0,
    };
    let entries = [entry("", public), entry(&owner, own)];
    let texts = entries.iter().filter(|entry| entry.privileges != 0);
    let texts = texts.map(|entry| Datum::from(entry.format())).collect();
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::ACLITEM, texts))))
}

/// A row a privilege: grantor, grantee (0: PUBLIC), its word, whether it may be passed on.
pub(super) fn aclexplode(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let mut rows = Vec::new();
    for item in items(context, &args[0])? {
        let (grantor, grantee) = (role(context, &item.grantor), role(context, &item.grantee));
        for (at, (_, word)) in PRIVILEGES.iter().enumerate() {
            if item.privileges & 1 << at != 0 {
                let grantable = item.grantable & 1 << at != 0;
                rows.push(vec![
                    grantor.clone(),
                    grantee.clone(),
                    Datum::text(word),
                    Datum::Bool(grantable),
                ]);
            }
        }
    }
    Ok(rows)
}

fn role(context: &Context, name: &str) -> Datum {
    let found = context.env.catalog.role_named(name).map(|role| role.oid.0);
    let built_in = (name == DATABASE_OWNER.1).then_some(DATABASE_OWNER.0.0);
    Datum::Oid(found.or(built_in).or_else(|| name.parse().ok()).unwrap_or(0))
}

/// `(grantee, grantor, privileges, grantable)`. Errors: 22023 for a word that is no privilege.
pub(super) fn makeaclitem(context: &Context, args: &[Datum]) -> Result<Datum> {
    let all: Vec<char> = PRIVILEGES.iter().map(|(letter, _)| *letter).collect();
    let letters: String = all.iter().collect();
    let mut privileges = 0;
    for word in args[2].as_str().split(',') {
        privileges |= privilege(word, &letters)?;
    }
    let name = |value: &Datum| match oid_of(value) {
        Oid(0) => String::new(),
        role => aclitem::role_name(names(context), role),
    };
    let item = AclItem {
        grantee: name(&args[0]),
        grantor: name(&args[1]),
        privileges,
        grantable: if boolean(&args[3]) { privileges } else { 0 },
    };
    Ok(item.format().into())
}

/// The bit of a word, in any case, of those whose letters are given.
///
/// Errors: 22023 `unrecognized privilege type: "x"`.
pub(super) fn privilege(word: &str, letters: &str) -> Result<u16> {
    let word = word.trim();
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    let found = PRIVILEGES.iter().find(|(letter, known)| {
        letters.contains(*letter) && (is(known) || (*letter == 'T' && is("TEMP")))
    });
    match found {
        Some((letter, _)) => Ok(aclitem::bits(letter.encode_utf8(&mut [0; 4]))),
        None => err!(INVALID_PARAMETER_VALUE, "unrecognized privilege type: \"{word}\""),
    }
}

/// Whether an item's privileges are all in the list, from the same grantor.
pub(super) fn aclcontains(context: &Context, args: &[Datum]) -> Result<Datum> {
    let wanted = item(context, &args[1])?;
    let holds = |item: &AclItem| {
        item.grantee == wanted.grantee
            && item.grantor == wanted.grantor
            && wanted.privileges & !item.privileges == 0
            && wanted.grantable & !item.grantable == 0
    };
    Ok(Datum::Bool(items(context, &args[0])?.iter().any(holds)))
}

/// Items are kept in one spelling.
pub(super) fn aclitemeq(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(args[0].as_str() == args[1].as_str()))
}

pub(super) fn aclinsert(_: &Context, _: &[Datum]) -> Result<Datum> {
    err!(FEATURE_NOT_SUPPORTED, "aclinsert is no longer supported")
}

pub(super) fn aclremove(_: &Context, _: &[Datum]) -> Result<Datum> {
    err!(FEATURE_NOT_SUPPORTED, "aclremove is no longer supported")
}

/// Nothing has been granted on any object.
pub(super) fn pg_get_acl(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Null)
}
