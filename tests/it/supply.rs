//! What the crate is built from: licences, banned crates, one Arrow.

use std::{fs, process::Command};

use crate::source::root;

/// Licences that may be linked into an Apache-2.0 program.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MPL-2.0",
    "MPL-2.0+",
    "OpenSSL",
    "PostgreSQL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
    "0BSD",
    "bzip2-1.0.6",
];

/// Crates that must not come in, and why.
const BANNED: &[(&str, &str)] = &[
    ("arrow2", "unmaintained, RUSTSEC-2025-0038"),
    ("openssl-sys", "TLS is rustls"),
    ("native-tls", "TLS is rustls"),
];

/// Crates of which two versions would give types that do not fit.
const SINGLE: &[&str] = &["arrow", "datafusion", "bytes", "tokio", "heed", "tantivy", "pgwire"];

fn locked() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is kept");
    let lock: toml::Table = text.parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("packages").iter();
    let field = |package: &toml::Value, name: &str| {
        package[name].as_str().expect("packages have names and versions").to_owned()
    };
    packages.map(|package| (field(package, "name"), field(package, "version"))).collect()
}

#[test]
fn banned_crates_stay_out_and_types_fit() {
    let locked = locked();
    for (name, reason) in BANNED {
        assert!(locked.iter().all(|(locked, _)| locked != name), "{name}: {reason}");
    }
    for name in SINGLE {
        let versions: Vec<_> = locked.iter().filter(|(locked, _)| locked == name).collect();
        assert!(versions.len() <= 1, "{name} comes in several versions: {versions:?}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let output = Command::new(env!("CARGO"))
        // What this platform does not link is not downloaded either.
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or("none");
        if !allowed(licence) {
            problems.push(format!("{}: {licence}", package["name"]));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// An SPDX expression: every AND part must have one OR alternative that is allowed.
fn allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    expression
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| LICENCES.contains(&licence.trim())))
}

#[test]
fn expressions_are_understood() {
    assert!(allowed("MIT/Apache-2.0") && allowed("(MIT OR GPL-3.0) AND Unicode-3.0"));
    assert!(!allowed("GPL-3.0-only") && !allowed("MIT AND LGPL-2.1") && !allowed("none"));
}
