use super::{check::check, *};
use crate::base::sqlstate;

#[test]
fn names_are_unique_and_defaults_pass_their_own_check() {
    for (index, setting) in SETTINGS.iter().enumerate() {
        assert!(SETTINGS[..index].iter().all(|other| other.name != setting.name));
        if setting.scope == Scope::User {
            assert_eq!(check(setting.name, setting.default).unwrap(), setting.default);
        }
    }
}

#[test]
fn values_print_as_postgresql_shows_them() {
    let mut settings = Settings::default();
    settings.set("statement_timeout", "90000").unwrap();
    assert_eq!(settings.value("statement_timeout"), "90s");
    assert_eq!(settings.integer("statement_timeout"), 90_000);
    settings.set("datestyle", "german").unwrap();
    assert_eq!(settings.value("DateStyle"), "German, DMY");
    settings.set("enable_seqscan", "f").unwrap();
    assert_eq!(settings.value("enable_seqscan"), "off");
    assert_eq!(
        settings.set("hnsw.ef_search", "0").unwrap_err().message,
        "0 is outside the valid range for parameter \"hnsw.ef_search\" (1 .. 1000)"
    );
    assert_eq!(settings.set("nope", "1").unwrap_err().code, sqlstate::UNDEFINED_OBJECT);
}

#[test]
fn search_path_names_are_folded_unless_quoted() {
    assert_eq!(split_names("\"$user\", Public,\"A b\""), ["$user", "public", "A b"]);
}
