//! The rules that keep the crate from growing into one knot: floors, doors, unsafe, sizes.

use std::{collections::BTreeMap, fs};

use crate::source::{root, sources};

/// From the words up to the process. A module may use those of lower floors, and siblings as
/// listed in [`SIDEWAYS`].
const FLOORS: &[&[&str]] = &[
    &["base", "config", "metrics"],
    &["types", "fulltext", "formats", "storage"],
    &["index"],
    &["ingest", "query"],
    &["serve"],
    &["node"],
];

/// Sibling imports, each in one direction only.
const SIDEWAYS: &[(&str, &str)] = &[
    ("config", "base"),
    ("metrics", "base"),
    ("fulltext", "types"),
    ("formats", "types"),
    ("storage", "types"),
    // Full-text types are parsed and ranked by pure functions beside them.
    ("formats", "fulltext"),
    // Sessions hand their writes to the committer and share its lock table.
    ("query", "ingest"),
];

/// One door per library: the crate, where it may be named, and what of it is free to all.
const DOORS: &[(&str, &[&str], &[&str])] = &[
    ("heed", &["src/storage/"], &[]),
    ("tantivy", &["src/index/text/"], &[]),
    ("faiss_sys", &["src/index/vector/faiss/"], &[]),
    ("pg_query", &["src/query/parse/"], &[]),
    ("datafusion", &["src/query/"], &["arrow"]),
    ("pgwire", &["src/serve/pgwire/"], &[]),
    ("actix_web", &["src/serve/http/"], &[]),
    ("actix", &["src/index/"], &[]),
    ("kameo", &["src/index/", "src/ingest/", "src/node/"], &[]),
    ("crossbeam_channel", &["src/index/", "src/ingest/"], &[]),
    ("prometheus", &["src/metrics/"], &[]),
    ("clap", &["src/node/cli.rs"], &[]),
    ("toml", &["src/config/"], &[]),
    ("encoding_rs", &["src/types/charset/"], &[]),
];

/// The files that may hold unsafe code, each for one reason.
const UNSAFE: &[&str] = &[
    // FAISS behind its C++ shim
    "src/index/vector/faiss/",
    // memory maps of sealed segments
    "src/index/segment/mapping.rs",
    // libpg_query's error positions
    "src/query/parse/ffi.rs",
    // opening LMDB
    "src/storage/environment.rs",
];

const LINES_MAX: usize = 700;
/// Files above the limit with the lines they may have. Only ever shortened.
const LONG: &[(&str, usize)] = &[];

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

#[test]
fn imports_go_down_only() {
    let mut problems = Vec::new();
    for source in sources() {
        let module = source.module();
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some(floor) = floor_of(module) else {
            problems.push(format!("{}: {module} stands on no floor", source.path));
            continue;
        };
        for import in source.imports() {
            let Some(other) = floor_of(&import) else { continue };
            let sideways = SIDEWAYS.contains(&(module, import.as_str()));
            if import != module && other >= floor && !sideways {
                problems.push(format!("{}: {module} must not use {import}", source.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn sideways_imports_have_one_direction() {
    for (from, to) in SIDEWAYS {
        assert_eq!(floor_of(from), floor_of(to), "{from} and {to} are no siblings");
        assert!(!SIDEWAYS.contains(&(to, from)), "{from} and {to} use each other");
    }
}

#[test]
fn each_library_has_one_door() {
    let mut problems = Vec::new();
    for source in sources() {
        for (krate, doors, free) in DOORS {
            if doors.iter().any(|door| source.path.starts_with(door)) {
                continue;
            }
            if source.uses(krate).iter().any(|path| !free.contains(&path.as_str())) {
                problems.push(format!("{}: {krate} belongs to {}", source.path, doors.join(", ")));
            }
        }
    }
    report(&problems);
}

#[test]
fn unsafe_code_stays_where_it_is_listed() {
    let problems: Vec<String> = sources()
        .iter()
        .filter(|source| source.has_word("unsafe"))
        .filter(|source| !UNSAFE.iter().any(|path| source.path.starts_with(path)))
        .map(|source| format!("{}: unsafe", source.path))
        .collect();
    report(&problems);
}

#[test]
fn nothing_is_left_to_do() {
    let mut problems = Vec::new();
    for source in sources() {
        for word in ["todo!", "unimplemented!", "dbg!"] {
            if source.code.contains(word) {
                problems.push(format!("{}: {word}", source.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn files_stay_small() {
    let sizes: BTreeMap<String, usize> =
        sources().into_iter().map(|source| (source.path, source.lines)).collect();
    let mut problems = Vec::new();
    for (path, lines) in &sizes {
        let limit = LONG.iter().find(|(long, _)| long == path).map_or(LINES_MAX, |(_, max)| *max);
        if *lines > limit {
            problems.push(format!("{path}: {lines} lines, at most {limit}; split it by a noun"));
        }
    }
    for (path, max) in LONG {
        match sizes.get(*path) {
            Some(lines) if *lines > LINES_MAX && lines + 50 > *max => {}
            lines => problems.push(format!("{path}: has {lines:?} lines; lower its entry in LONG")),
        }
    }
    report(&problems);
}

#[test]
fn files_begin_with_their_purpose() {
    let exempt = |path: &str| {
        path.contains("/tests/")
            || path.ends_with("/tests.rs")
            || path.ends_with("_tests.rs")
            || path == "src/lib.rs"
    };
    let problems: Vec<String> = sources()
        .iter()
        .filter(|source| !exempt(&source.path))
        .filter(|source| {
            let text = fs::read_to_string(root().join(&source.path)).expect("sources are text");
            !text.starts_with("//!")
        })
        .map(|source| format!("{}: begins without its purpose (//!)", source.path))
        .collect();
    report(&problems);
}

#[test]
fn main_fits_forty_lines() {
    let main = sources().into_iter().find(|source| source.path == "src/main.rs");
    assert!(main.expect("src/main.rs").lines <= 40);
}

/// Paths in backticks, such as `query/parse/` or `src/index/tail.rs`.
#[test]
fn the_architecture_page_names_what_exists() {
    let page = fs::read_to_string(root().join("src/ARCHITECTURE.md")).expect("the page");
    let mut problems = Vec::new();
    for quoted in page.split('`').skip(1).step_by(2) {
        let is_path = quoted.contains('/') || quoted.ends_with(".rs") || quoted.ends_with(".toml");
        let plain =
            quoted.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'));
        if !is_path || !plain || quoted.starts_with('/') || quoted.contains("..") {
            continue;
        }
        let found = ["", "src/"].iter().any(|base| root().join(base).join(quoted).exists());
        if !found {
            problems.push(format!("ARCHITECTURE.md: {quoted} does not exist"));
        }
    }
    report(&problems);
}
