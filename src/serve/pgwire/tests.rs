//! The protocol against scripted sessions: raw bytes in, raw bytes out.

pub mod client;
pub mod script;

use std::time::Duration;

use client::{Client, Server};
use tokio::sync::watch;

use super::*;
use crate::config::Config;

fn run<F: Future<Output = ()>>(test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        tokio::time::timeout(Duration::from_secs(20), test).await.expect("the test ends in time");
    });
}

#[test]
fn start_up_tells_parameters_and_a_cancel_key() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (client, greeting) = Client::connect(&server).await;
        let text = client::tags(&greeting);
        assert!(text.starts_with('R') && text.ends_with("KZ"), "{text}");
        assert_eq!(text.matches('S').count(), 15);
        let settings: Vec<String> = greeting
            .iter()
            .filter(|(tag, _)| *tag == b'S')
            .map(|(_, body)| String::from_utf8_lossy(body).into_owned())
            .collect();
        assert!(settings.contains(&"server_version\x0018.0\x00".to_owned()));
        assert!(settings.contains(&"integer_datetimes\0on\0".to_owned()));
        assert!(client.pid > 0 && client.key.len() == 4);
    });
}

#[test]
fn scram_lets_the_right_password_in_and_hides_who_exists() {
    run(async {
        let server = Server::start(|config| {
            config.auth.method = crate::config::AuthMethod::ScramSha256;
            config.auth.password = "right".into();
        })
        .await;
        let greeting = Client::authenticate(&server, "postgres", "right").await;
        assert!(client::tags(&greeting).ends_with("KZ"), "{greeting:?}");
        let greeting = Client::authenticate(&server, "ada", "pencil").await;
        assert!(client::tags(&greeting).ends_with("KZ"), "{greeting:?}");
        for (user, password) in [("postgres", "wrong"), ("nobody", "right"), ("ada", "right")] {
            let answer = Client::authenticate(&server, user, password).await;
            let error = client::error(answer.last().expect("an answer"));
            assert_eq!(error["C"], "28P01");
            assert_eq!(error["M"], format!("password authentication failed for user \"{user}\""));
        }
    });
}

#[test]
fn a_simple_query_runs_its_statements_in_one_transaction() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        let answer = client.query("rows 2; command A; rows 1").await;
        assert_eq!(client::tags(&answer), "TDDCCTDCZ");
        assert_eq!(client::text(&answer[3]), "SELECT 2\0");
        assert_eq!(server.log(), ["begin", "rows 2", "command A", "rows 1", "commit"]);

        let answer = client.query("command A; fail; command B").await;
        assert_eq!(client::tags(&answer), "CEZ");
        assert_eq!(answer[2].1.as_ref(), b"I");
        assert_eq!(server.log(), ["begin", "command A", "fail", "rollback"]);

        assert_eq!(client::tags(&client.query(" ").await), "IZ");
    });
}

#[test]
fn an_error_has_a_character_position_and_fails_an_open_transaction() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.query("open").await;
        let answer = client.query("command é; fail").await;
        let error = client::error(&answer[1]);
        assert_eq!((error["C"].as_str(), error["P"].as_str()), ("42601", "12"));
        assert_eq!(answer[2].1.as_ref(), b"E");
        let answer = client.query("close").await;
        assert_eq!(answer[1].1.as_ref(), b"I");
    });
}

#[test]
fn notices_and_changed_settings_come_before_ready() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        let answer = client.query("notice").await;
        assert_eq!(client::tags(&answer), "NSCZ");
        assert_eq!(client::error(&answer[0])["S"], "NOTICE");
    });
}

#[test]
fn the_extended_protocol_describes_binds_and_executes_in_both_formats() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.parse("s", "echo").await;
        client.describe(b'S', "s").await;
        client.bind("", "s", &[1], &[Some(&7i32.to_be_bytes())], &[1]).await;
        client.describe(b'P', "").await;
        client.execute("", 0).await;
        client.sync().await;
        let answer = client.until_ready().await;
        assert_eq!(client::tags(&answer), "1tT2TDCZ");
        assert_eq!(&answer[1].1[..], b"\0\x01\0\0\0\x17");
        // table 16400, attribute 2, int4, 4 bytes, no modifier; text for the statement
        assert!(answer[2].1.ends_with(
            b"\0\0\x01n\0\0\0\x40\x10\0\x02\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0"[2..].as_ref()
        ));
        assert!(answer[4].1.ends_with(b"\0\x01"), "binary for the portal");
        assert_eq!(&answer[5].1[..], b"\0\x01\0\0\0\x04\0\0\0\x07");

        client.bind("", "s", &[], &[None], &[]).await;
        client.execute("", 0).await;
        client.sync().await;
        let answer = client.until_ready().await;
        assert_eq!(&answer[1].1[..], b"\0\x01\xff\xff\xff\xff");
    });
}

#[test]
fn an_error_skips_to_sync() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.parse("", "command A").await;
        client.bind("", "nowhere", &[], &[], &[]).await;
        client.execute("", 0).await;
        client.parse("", "command B").await;
        client.sync().await;
        client.parse("", "command C").await;
        client.bind("", "", &[], &[], &[]).await;
        client.execute("", 0).await;
        client.sync().await;
        let first = client.until_ready().await;
        assert_eq!(client::tags(&first), "1EZ");
        assert_eq!(client::error(&first[1])["C"], "26000");
        assert_eq!(client::tags(&client.until_ready().await), "12CZ");
        assert_eq!(server.log(), ["begin", "rollback", "begin", "command C", "commit"]);
    });
}

#[test]
fn wrong_names_counts_and_formats_have_postgresqls_codes() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        let code = async |client: &mut Client| {
            client.sync().await;
            let answer = client.until_ready().await;
            let error = answer.iter().find(|(tag, _)| *tag == b'E').expect("an error");
            client::error(error)["C"].clone()
        };
        client.parse("s", "echo").await;
        client.parse("s", "echo").await;
        assert_eq!(code(&mut client).await, "42P05");
        client.parse("", "command A; command B").await;
        assert_eq!(code(&mut client).await, "42601");
        client.bind("", "s", &[], &[], &[]).await;
        assert_eq!(code(&mut client).await, "08P01");
        client.bind("", "s", &[0, 0], &[None], &[]).await;
        assert_eq!(code(&mut client).await, "08P01");
        client.bind("", "s", &[2], &[Some(b"1")], &[]).await;
        assert_eq!(code(&mut client).await, "22023");
        client.bind("", "s", &[], &[None], &[0, 1]).await;
        assert_eq!(code(&mut client).await, "08P01");
        client.bind("", "s", &[], &[Some(b"\xff")], &[]).await;
        assert_eq!(code(&mut client).await, "22021");
        client.execute("p", 0).await;
        assert_eq!(code(&mut client).await, "34000");
        client.describe(b'X', "s").await;
        assert_eq!(code(&mut client).await, "08P01");
    });
}

#[test]
fn a_suspended_portal_goes_on_where_it_stopped_and_holds_no_snapshot() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.query("open").await;
        client.parse("", "rows 5").await;
        client.bind("p", "", &[], &[], &[]).await;
        client.execute("p", 2).await;
        client.flush().await;
        assert_eq!(client::tags(&client.read(5).await), "12DDs");
        server.streams_closed().await;
        client.execute("p", 3).await;
        client.execute("p", 3).await;
        client.sync().await;
        let answer = client.until_ready().await;
        assert_eq!(client::tags(&answer), "DDDsCZ");
        assert_eq!(client::text(&answer[4]), "SELECT 0\0");
        assert_eq!(client::row(&answer[0]), [Some("2".to_owned())]);
    });
}

#[test]
fn large_results_arrive_whole() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        let answer = client.query("rows 50000").await;
        assert_eq!(answer.len(), 50_003);
        assert_eq!(client::row(&answer[50_000]), [Some("49999".to_owned())]);
    });
}

#[test]
fn copy_in_takes_any_chunks_under_both_protocols() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.send(b'Q', b"copy in\0").await;
        assert_eq!(client::tags(&client.read(1).await), "G");
        for chunk in [&b"1\n2"[..], b"", b"3\n4\n"] {
            client.send(b'd', chunk).await;
        }
        client.send(b'c', b"").await;
        let answer = client.until_ready().await;
        assert_eq!(client::text(&answer[0]), "COPY 3\0");

        client.parse("", "copy in").await;
        client.bind("", "", &[], &[], &[]).await;
        client.execute("", 0).await;
        client.sync().await;
        client.send(b'd', b"1\n").await;
        client.send(b'c', b"").await;
        client.sync().await;
        assert_eq!(client::tags(&client.until_ready().await), "12GCZ");
    });
}

#[test]
fn copy_in_ends_by_the_client_by_its_data_or_by_cancel() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.send(b'Q', b"copy in\0").await;
        client.send(b'f', b"enough\0").await;
        let answer = client.until_ready().await;
        let error = client::error(&answer[1]);
        assert_eq!(
            (error["C"].as_str(), error["M"].as_str()),
            ("57014", "COPY from stdin failed: enough")
        );

        client.send(b'Q', b"copy in\0").await;
        client.send(b'd', b"bad\n").await;
        client.send(b'd', b"1\n").await;
        client.send(b'c', b"").await;
        let answer = client.until_ready().await;
        assert_eq!(client::tags(&answer), "GEZ");
        assert_eq!(client::tags(&client.query("rows 1").await), "TDCZ");

        client.send(b'Q', b"copy in\0").await;
        client.read(1).await;
        client.cancel(&server).await;
        let answer = client.until_ready().await;
        assert_eq!(client::error(&answer[0])["C"], "57014");
    });
}

#[test]
fn copy_out_sends_one_message_a_row() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        let answer = client.query("copy out").await;
        assert_eq!(client::tags(&answer), "HdddcCZ");
        assert_eq!(client::text(&answer[5]), "COPY 3\0");
    });
}

#[test]
fn cancel_reaches_a_running_statement_and_a_wrong_key_does_not() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.send(b'Q', b"wait\0").await;
        server.wait_for("wait").await;
        let key = std::mem::replace(&mut client.key, vec![0; 4]);
        client.cancel(&server).await;
        client.key = key;
        client.cancel(&server).await;
        let answer = client.until_ready().await;
        assert_eq!(client::error(&answer[0])["C"], "57014");
    });
}

#[test]
fn a_client_that_goes_ends_its_statement() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.send(b'Q', b"wait\0").await;
        server.wait_for("wait").await;
        drop(client);
        server.wait_for("dropped").await;
    });
}

#[test]
fn a_panic_ends_one_connection_only() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut victim, _) = Client::connect(&server).await;
        let (mut other, _) = Client::connect(&server).await;
        victim.send(b'Q', b"panic\0").await;
        let answer = victim.until_closed().await;
        let error = client::error(&answer[0]);
        assert_eq!((error["S"].as_str(), error["C"].as_str()), ("FATAL", "XX000"));
        assert_eq!(client::tags(&other.query("rows 1").await), "TDCZ");
    });
}

#[test]
fn one_connection_too_many_is_refused() {
    run(async {
        let server = Server::start(|config| {
            config.server.connections_max = 2;
            config.server.superuser_reserved = 1;
        })
        .await;
        let (_first, _) = Client::connect(&server).await;
        let plain = Client::greet(&server, "user\0ada\0\0").await;
        assert_eq!(client::error(plain.1.last().expect("an answer"))["C"], "53300");
        let (_second, _) = Client::connect(&server).await;
        let (_, answer) = Client::greet(&server, "user\0postgres\0\0").await;
        let error = client::error(answer.last().expect("an answer"));
        assert_eq!(error["M"], "sorry, too many clients already");
    });
}

#[test]
fn limits_of_time_and_size_end_a_connection() {
    run(async {
        let server = Server::start(|config| {
            config.server.startup_timeout = Duration::from_millis(100);
            config.server.message_bytes_max = crate::config::ByteSize(64 << 10);
        })
        .await;
        let mut silent = Client::silent(&server).await;
        assert!(silent.until_closed().await.is_empty());

        let (mut client, _) = Client::connect(&server).await;
        client.send_raw(b"Q\x00\x10\x00\x00").await;
        let answer = client.until_closed().await;
        assert_eq!(client::error(&answer[0])["C"], "08P01");

        let (mut client, _) = Client::connect(&server).await;
        client.query("open; idle limit").await;
        let answer = client.until_closed().await;
        assert_eq!(client::error(&answer[0])["C"], "25P03");
    });
}

#[test]
fn a_transaction_that_lasts_too_long_ends_a_connection_that_waits_for_its_client() {
    run(async {
        let server = Server::start(|_| {}).await;
        let too_long = |answer: &[client::Answer]| {
            let error = client::error(&answer[0]);
            assert_eq!((error["S"].as_str(), error["C"].as_str()), ("FATAL", "25P04"));
        };
        let (mut idle, _) = Client::connect(&server).await;
        idle.query("open; time limit").await;
        too_long(&idle.until_closed().await);

        // Between the messages of a pipeline, where the transaction is the protocol's own.
        let (mut unsynced, _) = Client::connect(&server).await;
        unsynced.parse("", "time limit").await;
        unsynced.bind("", "", &[], &[], &[]).await;
        unsynced.execute("", 0).await;
        unsynced.flush().await;
        assert_eq!(client::tags(&unsynced.read(3).await), "12C");
        too_long(&unsynced.until_closed().await);

        let (mut copying, _) = Client::connect(&server).await;
        copying.send(b'Q', b"time limit; copy in\0").await;
        copying.send(b'd', b"1\n").await;
        assert_eq!(client::tags(&copying.read(2).await), "CG");
        too_long(&copying.until_closed().await);
    });
}

#[test]
fn a_drain_lets_transactions_end_and_the_end_does_not() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut idle, _) = Client::connect(&server).await;
        let (mut working, _) = Client::connect(&server).await;
        let (mut stuck, _) = Client::connect(&server).await;
        working.query("open").await;
        stuck.query("open").await;
        server.phase.send_replace(Phase::Draining);
        assert_eq!(client::error(&idle.until_closed().await[0])["C"], "57P01");
        assert_eq!(client::tags(&working.query("rows 1; close").await), "TDCCZ");
        assert_eq!(client::error(&working.until_closed().await[0])["C"], "57P01");
        server.phase.send_replace(Phase::Ending);
        assert_eq!(client::error(&stuck.until_closed().await[0])["C"], "57P01");
        server.ended().await;
    });
}

#[test]
fn terminate_ends_one_backend() {
    run(async {
        let server = Server::start(|_| {}).await;
        let (mut client, _) = Client::connect(&server).await;
        client.query("open").await;
        assert!(server.backends.signal(client.pid, true));
        assert_eq!(client::error(&client.until_closed().await[0])["C"], "57P01");
        assert!(!server.backends.signal(-1, true));
    });
}

fn config(change: impl FnOnce(&mut Config)) -> crate::config::LiveConfig {
    let mut config = Config::defaults();
    config.auth.method = crate::config::AuthMethod::Trust;
    change(&mut config);
    crate::config::LiveConfig::new(config)
}

fn phases() -> (watch::Sender<Phase>, watch::Receiver<Phase>) {
    watch::channel(Phase::Serving)
}
