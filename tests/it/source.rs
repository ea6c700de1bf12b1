//! The source tree as text: files, code without comments, the paths it names.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One Rust file under `src/`.
pub struct Source {
    /// From the root: `src/serve/pgwire/wire.rs`.
    pub path: String,
    pub lines: usize,
    /// Without comments and without what strings hold.
    pub code: String,
}

impl Source {
    /// The folder or file directly under `src/`: `serve`.
    pub fn module(&self) -> &str {
        let rest = self.path.strip_prefix("src/").expect("sources lie in src/");
        rest.split(['/', '.']).next().expect("a first part")
    }

    /// The top modules that `crate::...` paths name.
    pub fn imports(&self) -> Vec<String> {
        let mut modules = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            if self.code[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
                continue;
            }
            let rest = &self.code[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => modules.extend(group_heads(group)),
                None => modules.push(head(rest)),
            }
        }
        modules.retain(|module| !module.is_empty());
        modules.sort();
        modules.dedup();
        modules
    }

    /// The paths that begin with this crate: `datafusion` finds `arrow` in `datafusion::arrow`.
    pub fn uses(&self, krate: &str) -> Vec<String> {
        let mut found = Vec::new();
        let prefix = format!("{krate}::");
        for (at, _) in self.code.match_indices(&prefix) {
            let before = self.code[..at].chars().next_back().unwrap_or(' ');
            if before == ':' || before == '_' || before.is_alphanumeric() {
                continue;
            }
            let rest = &self.code[at + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(group_heads(group)),
                None => found.push(head(rest)),
            }
        }
        if self.has_word(&format!("use {krate} as")) || self.has_word(&format!("use {krate};")) {
            found.push(String::new());
        }
        found
    }

    pub fn has_word(&self, word: &str) -> bool {
        let is_name = |c: char| c == '_' || c.is_alphanumeric();
        self.code.match_indices(word).any(|(at, _)| {
            !self.code[..at].ends_with(is_name)
                && !self.code[at + word.len()..].starts_with(is_name)
        })
    }
}

fn head(path: &str) -> String {
    path.chars().take_while(|c| *c == '_' || c.is_alphanumeric()).collect()
}

/// The first names in `{a::b, c, d::{e, f}}`, its opening brace taken off.
fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 1;
    let mut heads = Vec::new();
    let mut at_start = true;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => at_start = true,
            c if at_start && !c.is_whitespace() => {
                heads.push(head(&group[at..]));
                at_start = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

pub fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join("src"), &mut paths);
    paths.sort();
    paths.into_iter().map(|path| read(&path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src/ is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("sources are text");
    let name = path.strip_prefix(root()).expect("sources lie under the root");
    Source {
        path: name.display().to_string(),
        lines: text.lines().count(),
        code: without_comments_and_strings(&text),
    }
}

/// Blanks comments and the insides of strings; a lexer's worth of Rust is enough for that.
fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
        } else if let Some(length) = raw_string(rest, &code) {
            code.push_str("\"\"");
            rest = &rest[length..];
        } else if character == '"' {
            code.push_str("\"\"");
            rest = &rest[string(rest)..];
        } else if character == '\'' {
            let length = char_literal(rest);
            code.push('\'');
            rest = &rest[length..];
        } else {
            code.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    code
}

fn raw_string(rest: &str, before: &str) -> Option<usize> {
    if before.ends_with(|c: char| c == '_' || c.is_alphanumeric()) {
        return None;
    }
    let start = if rest.starts_with("br") { 2 } else { usize::from(rest.starts_with('r')) };
    let hashes = rest[start..].bytes().take_while(|byte| *byte == b'#').count();
    if start == 0 || !rest[start + hashes..].starts_with('"') {
        return None;
    }
    let body = start + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    rest[body..].find(&end).map(|at| body + at + end.len())
}

fn string(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A character literal's length, or 1 for a lifetime's tick.
fn char_literal(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    if bytes.get(1) == Some(&b'\\') {
        return rest[3..].find('\'').map_or(1, |at| at + 4);
    }
    let width = rest[1..].chars().next().map_or(1, char::len_utf8);
    if bytes.get(1 + width) == Some(&b'\'') { width + 2 } else { 1 }
}

#[test]
fn comments_strings_and_groups_are_understood() {
    let text = "use crate::{base::{Oid, crate_x}, types}; // crate::node\n\
                let x = \"crate::serve\"; let c = '\"'; fn f<'a>() { crate::query::x(); }\n\
                r#\"crate::index \"quoted\" \"#; use pgwire::a; x::pgwire::b;";
    let source = Source {
        path: "src/index/mod.rs".into(),
        lines: 3,
        code: without_comments_and_strings(text),
    };
    assert_eq!(source.imports(), ["base", "query", "types"]);
    assert_eq!(source.uses("pgwire"), ["a"]);
    assert_eq!(source.module(), "index");
    assert!(!source.has_word("serve") && source.has_word("crate_x"));
}
