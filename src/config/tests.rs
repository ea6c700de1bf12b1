use std::path::Path;

use super::*;
use crate::config::{Reload, units::Setting};

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fathom.toml")
}

fn problems(text: &str) -> Vec<(String, String)> {
    let layers = Layers::new().text("fathom.toml", text).flag("--password", PASSWORD, Some("x"));
    let error = Config::read(layers).expect_err("the configuration is wrong");
    error.iter().map(|problem| (problem.key.clone(), problem.message.clone())).collect()
}

const PASSWORD: (&str, &str) = ("auth", "password");

#[test]
fn the_shipped_file_is_the_defaults_with_every_key_explained() {
    let text = std::fs::read_to_string(shipped()).unwrap_or_default();
    let rendered = Config::defaults().render();
    if std::env::var_os("FATHOM_BLESS").is_some() {
        std::fs::write(shipped(), &rendered).expect("config/fathom.toml is writable");
    } else {
        assert_eq!(text, rendered, "run the test with FATHOM_BLESS=1 to write the file anew");
    }
    let (read, problems) = Config::read_unchecked(Layers::new().text("fathom.toml", &rendered));
    assert!(problems.is_empty(), "{problems}");
    assert_eq!(read, Some(Config::defaults()));
}

#[test]
fn every_key_is_documented_in_sentences() {
    fn check<S: Section>() {
        for key in S::KEYS {
            let doc = key.doc.concat();
            assert!(doc.trim_end().ends_with('.'), "{}.{}: {doc:?}", S::NAME, key.name);
        }
    }
    check::<Server>();
    check::<Auth>();
    check::<Storage>();
    check::<Ingest>();
    check::<Index>();
    check::<Query>();
    check::<Log>();
}

#[test]
fn all_problems_are_reported_at_once() {
    let found = problems(
        "[server]\nlisten = \"nowhere\"\nconnections_max = 0\nconection_max = 5\n\
         [storage]\nmap_bytes = 17\n[indx]\nseal_rows = 1\n",
    );
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "server.listen",
            "server.connections_max",
            "storage.map_bytes",
            "indx",
            "server.conection_max"
        ]
    );
    assert!(found[3].1.contains("did you mean index?"), "{}", found[3].1);
    assert!(found[4].1.contains("did you mean connections_max?"), "{}", found[4].1);
}

#[test]
fn later_layers_win() {
    let layers = Layers::new()
        .text("fathom.toml", "[server]\nconnections_max = 7\n[log]\nlevel = \"warn\"\n")
        .variables([
            ("FATHOM__SERVER__CONNECTIONS_MAX".to_owned(), "8".to_owned()),
            ("FATHOM__LOG__LEVEL".to_owned(), "debug".to_owned()),
            ("HOME".to_owned(), "/root".to_owned()),
        ])
        .flag("--level", ("log", "level"), Some("trace"))
        .flag("--password", PASSWORD, Some("secret"));
    let config = Config::read(layers).expect("the layers are right");
    assert_eq!(config.server.connections_max, 8);
    assert_eq!(config.log.level, "trace");
    assert_eq!(config.auth.password.expose(), "secret");
}

#[test]
fn an_open_door_is_refused() {
    let no_password = Config::read(Layers::new()).expect_err("scram needs a password");
    assert_eq!(
        no_password.iter().next().map(|problem| problem.key.as_str()),
        Some("auth.password")
    );

    let public = "[server]\nlisten = \"0.0.0.0:5432\"\n";
    assert_eq!(problems(public)[0].0, "server.listen");
    let trusting =
        "[server]\nlisten = \"0.0.0.0:5432\"\nallow_plaintext = true\n[auth]\nmethod = \"trust\"\n";
    assert_eq!(problems(trusting)[0].0, "auth.method");
    let metrics = "[server]\nhttp_listen = \"192.0.2.1:80\"\n";
    assert_eq!(problems(metrics)[0].0, "server.http_listen");

    let allowed = Layers::new()
        .text("fathom.toml", "[server]\nlisten = \"0.0.0.0:5432\"\nallow_plaintext = true\n")
        .flag("--password", PASSWORD, Some("x"));
    assert!(Config::read(allowed).is_ok());
    let trusted_loopback = Layers::new().flag("--auth", ("auth", "method"), Some("trust"));
    assert!(Config::read(trusted_loopback).is_ok());
}

#[test]
fn messages_never_repeat_a_secret() {
    let found = problems("[auth]\npassword_file = \"hunter2\"\n[server]\nlisten = \"x\"\n");
    assert!(found.iter().all(|(_, message)| !message.contains("hunter2")));
    let syntax = problems("[auth]\npassword = \"hunter2\n");
    assert!(syntax[0].1.starts_with("line 2"), "{}", syntax[0].1);
    assert!(!syntax[0].1.contains("hunter2"));
}

#[test]
fn a_reload_applies_live_keys_and_keeps_the_others() {
    let live = crate::config::LiveConfig::new(Config::defaults());
    let mut new = Config::defaults();
    new.server.connections_max = 5;
    new.server.listen = SocketAddrSetting::parse("127.0.0.1:1").expect("an address");
    new.auth.password = "hunter2".into();
    let changes = live.adopt(&new);
    let kinds: Vec<_> = changes.iter().map(|change| (change.key.as_str(), change.reload)).collect();
    assert_eq!(
        kinds,
        [
            ("server.listen", Reload::Restart),
            ("server.connections_max", Reload::Live),
            ("auth.password", Reload::Live)
        ]
    );
    assert!(!format!("{changes:?}").contains("hunter2"));
    assert_eq!(live.load().server.connections_max, 5);
    assert_eq!(live.load().server.listen, Config::defaults().server.listen);
}

type SocketAddrSetting = std::net::SocketAddr;
