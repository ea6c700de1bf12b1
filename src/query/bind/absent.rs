//! What PostgreSQL has and Fathom has not: it is named as not supported, not as unknown.

use std::{collections::HashSet, sync::LazyLock};

use crate::base::PgError;

static ABSENT: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("absent.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// 0A000 for a built-in type or function (`kind`) of PostgreSQL's that is not here; `None` for any
/// other name.
pub fn unsupported(kind: &str, names: &[&str]) -> Option<PgError> {
    let ([name] | ["pg_catalog", name]) = names else { return None };
    let what = format!("{kind} {name}");
    ABSENT.contains(what.as_str()).then(|| PgError::unsupported(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::sqlstate, query::functions::registry, types::oid};

    #[test]
    fn what_is_here_is_not_called_absent() {
        for line in ABSENT.iter() {
            let (kind, name) = line.split_once(' ').expect("a kind and a name");
            match kind {
                "type" => assert!(oid::by_name(name).is_none(), "{line}"),
                "function" => assert!(registry().functions(name).is_empty(), "{line}"),
                _ => panic!("{line}"),
            }
        }
        let error = unsupported("type", &["pg_catalog", "inet"]).unwrap();
        assert_eq!(error.code, sqlstate::FEATURE_NOT_SUPPORTED);
        assert_eq!(error.message, "type inet is not supported");
        assert!(unsupported("function", &["xpath"]).is_some());
        assert!(unsupported("type", &["public", "inet"]).is_none());
        assert!(unsupported("function", &["nonsense"]).is_none());
    }
}
