//! SQL files against the real program: what it answers is what PostgreSQL answers.
//!
//! `tests/sql/<name>.sql` holds statements, each ended by a line that ends in `;`;
//! `tests/sql/<name>.out` holds them with PostgreSQL's answers. To write the answers anew:
//! `SQL_ORACLE=127.0.0.1:5432 cargo test --test it sql`, which first asks the PostgreSQL there (user
//! and database `postgres`, without a password).

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use crate::daemon::{Client, Daemon, fields, row};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    let entries = fs::read_dir(folder).expect("the folder of SQL files");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    files
}

/// The statements of a file; comments stay with what follows them.
fn statements(text: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        current.push_str(line);
        current.push('\n');
        if line.trim_end().ends_with(';') {
            statements.push(std::mem::take(&mut current));
        }
    }
    statements
}

/// Every statement of the file with its answer, run in a schema of its own.
fn transcript(client: &mut Client, path: &Path) -> String {
    let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
    let schema = format!("sql_{name}");
    for statement in [
        format!("DROP SCHEMA IF EXISTS {schema} CASCADE"),
        format!("CREATE SCHEMA {schema}"),
        format!("SET search_path = {schema}"),
        "SET timezone = 'UTC'".to_owned(),
    ] {
        client.query(&statement).unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    let mut text = String::new();
    for statement in statements(&fs::read_to_string(path).expect("a file")) {
        text.push_str(&statement);
        text.push_str(&answer(client, &statement));
    }
    text
}

/// One answer as text: column names, rows, notices, and the tag or the error.
fn answer(client: &mut Client, statement: &str) -> String {
    let mut packet = vec![b'Q'];
    packet.extend((statement.len() as u32 + 5).to_be_bytes());
    packet.extend(statement.as_bytes());
    packet.push(0);
    client.stream.write_all(&packet).expect("sent");
    let mut lines: Vec<String> = Vec::new();
    loop {
        let (tag, body) = client.message().expect("the connection stays");
        match tag {
            b'Z' => break,
            b'T' => lines.push(format!("| {}", names(&body).join(" | "))),
            b'D' => {
                let values = row(&body).into_iter().map(|value| value.unwrap_or("NULL".into()));
                lines.push(format!("> {}", values.collect::<Vec<_>>().join(" | ")));
            }
            b'C' => lines.push(format!("= {}", String::from_utf8_lossy(&body[..body.len() - 1]))),
            b'E' | b'N' => {
                let fields = fields(&body);
                if tag == b'E' {
                    // Whether rows came before the error is a matter of batches.
                    lines.retain(|line| !line.starts_with("| ") && !line.starts_with("> "));
                }
                let get = |letter: char| fields.get(&letter).map_or("", String::as_str);
                lines.push(format!("! {} {}: {}", get('S'), get('C'), get('M')));
                for (letter, label) in [('D', "DETAIL"), ('H', "HINT"), ('P', "POSITION")] {
                    if let Some(value) = fields.get(&letter) {
                        lines.push(format!("!   {label}: {value}"));
                    }
                }
            }
            _ => {}
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The column names of a RowDescription.
fn names(body: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = &body[2..];
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        names.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        // Table, attribute, type, length, modifier, format.
        rest = &rest[end + 1 + 18..];
    }
    names
}

#[test]
fn files_are_answered_as_postgresql_answers_them() {
    if let Ok(oracle) = std::env::var("SQL_ORACLE") {
        record(&oracle);
    }
    let daemon = Daemon::start(&["--ephemeral"]);
    let mut failures = Vec::new();
    for path in files() {
        let mut client = Client::connect(daemon.address).expect("a connection");
        let found = transcript(&mut client, &path);
        let expected = fs::read_to_string(path.with_extension("out")).expect("recorded answers");
        if let Some(at) = found.lines().zip(expected.lines()).position(|(a, b)| a != b) {
            let context = |text: &str| {
                text.lines().skip(at.saturating_sub(6)).take(12).collect::<Vec<_>>().join("\n")
            };
            failures.push(format!(
                "{}, line {}:\n--- expected\n{}\n--- found\n{}",
                path.display(),
                at + 1,
                context(&expected),
                context(&found)
            ));
        } else if found.lines().count() != expected.lines().count() {
            failures.push(format!("{}: another length", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Asks a PostgreSQL server at `oracle` and writes its answers down.
fn record(oracle: &str) {
    for path in files() {
        let mut client = Client::connect(oracle.parse().expect("an address")).expect("connected");
        let text = transcript(&mut client, &path);
        fs::write(path.with_extension("out"), text).expect("written");
    }
}
