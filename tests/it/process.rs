//! The process: start, refusal to start, reload, drain, kill.

use std::{
    collections::HashSet,
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use crate::daemon::{Client, Daemon, fathom};

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("a path of ASCII")
}

#[test]
fn sigterm_ends_idle_clients_and_the_process_cleanly() {
    let mut daemon = Daemon::start(&["--ephemeral"]);
    let mut idle = Client::connect(daemon.address).expect("in");
    assert_eq!(idle.value("select 41 + 1"), "42");
    assert_eq!(daemon.get("/readyz").0, 200);
    daemon.signal("-TERM");
    let farewell = idle.answer().expect_err("the end");
    assert_eq!(farewell[&'C'], "57P01");
    daemon.wait_for("ended");
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn sighup_applies_live_keys_and_keeps_the_old_on_a_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fathom.toml");
    fs::write(&path, "").expect("written");
    let daemon = Daemon::start(&["--ephemeral", "--config", text(&path)]);
    let _first = Client::connect(daemon.address).expect("in");

    fs::write(&path, "[server]\nconnections_max = 1\nsuperuser_reserved = 0\n").expect("written");
    daemon.signal("-HUP");
    let change = daemon.wait_for("configuration changed");
    assert_eq!(
        (change["key"].as_str(), change["to"].as_str()),
        (Some("server.connections_max"), Some("1"))
    );
    daemon.wait_for("configuration reloaded");
    let refused = Client::connect(daemon.address).err().expect("full");
    assert_eq!(refused[&'C'], "53300");

    fs::write(&path, "[server]\nconnections_max = \"many\"\n").expect("written");
    daemon.signal("-HUP");
    let kept = daemon.wait_for("configuration kept: the new one is wrong");
    assert!(kept["problems"].as_str().is_some_and(|text| text.contains("server.connections_max")));
    assert!(daemon.get("/metrics").1.contains("fathom_reloads_total{outcome=\"refused\"} 1"));
}

#[test]
fn what_is_unsafe_or_wrong_does_not_start() {
    let refused = |arguments: &[&str]| {
        let output = fathom(arguments).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&["serve", "--ephemeral"]).contains("auth.password"));
    let public = refused(&["serve", "--ephemeral", "--listen", "0.0.0.0:0", "--password", "x"]);
    assert!(public.contains("server.listen"), "{public}");
    let trusting = refused(&["serve", "--ephemeral", "--listen", "0.0.0.0:0", "--auth", "trust"]);
    assert!(trusting.contains("auth.method") && trusting.contains("2 problems"), "{trusting}");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fathom.toml");
    fs::write(&path, "[servr]\n[query]\nmemory = 1\n").expect("written");
    let problems = refused(&["check-config", "--config", text(&path), "--password", "hunter2"]);
    assert!(problems.contains("servr") && problems.contains("query.memory"), "{problems}");
    assert!(!problems.contains("hunter2"));
}

#[test]
fn check_config_prints_what_would_be_used_without_secrets() {
    let output = fathom(&["check-config", "--password", "hunter2", "--listen", "[::1]:5"])
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    assert!(text.contains("listen = \"[::1]:5\"") && !text.contains("hunter2"), "{text}");
    let version = fathom(&["--version"]).output().expect("the program runs");
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("fathom 0."));
}

#[test]
fn one_folder_has_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = text(folder.path()).to_owned();
    let _daemon = Daemon::start(&["--data-dir", &data]);
    let second = fathom(&["serve", "--data-dir", &data, "--auth", "trust"])
        .args(["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"])
        .output()
        .expect("the program runs");
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("55006"));
}

#[test]
fn acknowledged_rows_survive_sigkill_whole_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = text(folder.path()).to_owned();
    let mut acknowledged = HashSet::new();
    let next = AtomicU64::new(0);
    for round in 0..3 {
        let mut daemon = Daemon::start(&["--data-dir", &data]);
        let mut client = Client::connect(daemon.address).expect("in");
        if round == 0 {
            client.query("create table pairs (id int8 primary key, half int4)").expect("created");
        }
        let killed = AtomicBool::new(false);
        let known: Vec<u64> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut client = Client::connect(daemon.address).expect("in");
                        let mut known = Vec::new();
                        while !killed.load(Ordering::SeqCst) {
                            let id = 2 * next.fetch_add(1, Ordering::SeqCst);
                            let (first, second) = (id, id + 1);
                            let sql = format!(
                                "begin; insert into pairs values ({first}, 1); \
                                 insert into pairs values ({second}, 2); commit"
                            );
                            match client.query(&sql) {
                                Ok(_) => known.push(id),
                                Err(_) => break,
                            }
                        }
                        known
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(700));
            daemon.signal("-KILL");
            killed.store(true, Ordering::SeqCst);
            writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
        });
        assert!(!daemon.wait().success());
        assert!(!known.is_empty(), "round {round} wrote something");
        acknowledged.extend(known);

        let daemon = Daemon::start(&["--data-dir", &data]);
        let mut client = Client::connect(daemon.address).expect("in");
        let rows = client.query("select id from pairs order by id").expect("readable");
        let stored: Vec<u64> = rows
            .iter()
            .map(|row| row[0].as_deref().and_then(|id| id.parse().ok()).expect("a number"))
            .collect();
        assert!(stored.windows(2).all(|pair| pair[0] < pair[1]), "each row once");
        let stored: HashSet<u64> = stored.into_iter().collect();
        for id in &stored {
            assert!(stored.contains(&(id ^ 1)), "half a transaction: {id}");
        }
        for id in &acknowledged {
            assert!(stored.contains(id), "round {round}: {id} was acknowledged");
        }
    }
}
