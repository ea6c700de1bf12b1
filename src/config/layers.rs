//! Where values come from: the file, then variables, then flags; later layers win.

use std::{collections::BTreeMap, fmt, path::Path};

use super::{problems::Problems, units::Setting};

/// The layer that set a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    File,
    /// `FATHOM__SECTION__KEY`
    Variable(String),
    /// `--listen`
    Flag(&'static str),
}

/// A value as written, before its type is known.
#[derive(Clone, Debug)]
pub struct Written {
    value: Form,
    origin: Origin,
    secret: bool,
}

#[derive(Clone, Debug)]
enum Form {
    Toml(toml::Value),
    Text(String),
}

impl Written {
    pub fn read<T: Setting>(&self) -> Option<T> {
        match &self.value {
            Form::Toml(value) => T::from_toml(value),
            Form::Text(text) => T::parse(text),
        }
    }
}

/// The value and where it was found; secrets are not repeated.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            _ if self.secret => f.write_str("another value")?,
            Form::Toml(value) => write!(f, "{value}")?,
            Form::Text(text) => write!(f, "{text:?}")?,
        }
        match &self.origin {
            Origin::File => Ok(()),
            Origin::Variable(name) => write!(f, " (from {name})"),
            Origin::Flag(name) => write!(f, " (from {name})"),
        }
    }
}

/// Values by section and key. Reading takes them out; what is left at the end is unknown.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    values: BTreeMap<(String, String), Written>,
    /// Sections that the file names, even if empty.
    sections: Vec<String>,
    problems: Problems,
}

impl Layers {
    pub const VARIABLE_PREFIX: &'static str = "FATHOM__";

    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the file at `path`. An unreadable file is a problem, reported with the others.
    pub fn file(mut self, path: &Path) -> Self {
        match std::fs::read_to_string(path) {
            Ok(text) => self.text(&path.display().to_string(), &text),
            Err(error) => {
                self.problems.push(path.display().to_string(), format!("cannot be read: {error}"));
                self
            }
        }
    }

    /// Adds a file's contents; `name` is used in messages only.
    pub fn text(mut self, name: &str, text: &str) -> Self {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The parser's own rendering repeats the offending line, which may hold a secret.
                let line = error.span().map_or(1, |span| {
                    text.as_bytes()[..span.start.min(text.len())]
                        .iter()
                        .filter(|byte| **byte == b'\n')
                        .count()
                        + 1
                });
                self.problems.push(name, format!("line {line}: {}", error.message()));
                return self;
            }
        };
        for (section, value) in table {
            let toml::Value::Table(keys) = value else {
                self.problems.push(section, "must stand inside a [section]");
                continue;
            };
            for (key, value) in keys {
                self.set(&section, &key, Form::Toml(value), Origin::File);
            }
            self.sections.push(section);
        }
        self
    }

    /// Adds `FATHOM__SECTION__KEY` variables.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix(Self::VARIABLE_PREFIX) else { continue };
            match rest.to_ascii_lowercase().split_once("__") {
                Some((section, key)) => {
                    self.set(section, key, Form::Text(value), Origin::Variable(name.clone()));
                }
                None => self.problems.push(name, "must have the form FATHOM__SECTION__KEY"),
            }
        }
        self
    }

    /// Adds a flag, if it was given.
    pub fn flag(
        mut self,
        flag: &'static str,
        (section, key): (&str, &str),
        value: Option<impl Into<String>>,
    ) -> Self {
        if let Some(value) = value {
            self.set(section, key, Form::Text(value.into()), Origin::Flag(flag));
        }
        self
    }

    fn set(&mut self, section: &str, key: &str, value: Form, origin: Origin) {
        let secret = key.contains("password");
        self.values.insert((section.to_owned(), key.to_owned()), Written { value, origin, secret });
    }

    /// Takes one key's value out.
    pub(super) fn take(&mut self, section: &str, key: &str) -> Option<Written> {
        self.values.remove(&(section.to_owned(), key.to_owned()))
    }

    pub(super) fn take_problems(&mut self) -> Problems {
        std::mem::take(&mut self.problems)
    }

    /// Reports what no section has taken, with the known name that is nearest.
    pub(super) fn refuse_rest(self, known: &[(&str, &[&str])], problems: &mut Problems) {
        for section in &self.sections {
            if !known.iter().any(|(name, _)| name == section) {
                let names = known.iter().map(|(name, _)| *name);
                problems.push(section, format!("unknown section{}", suggestion(section, names)));
            }
        }
        for ((section, key), written) in &self.values {
            let Some((_, keys)) = known.iter().find(|(name, _)| name == section) else {
                if written.origin != Origin::File {
                    problems.push(format!("{section}.{key}"), "unknown section");
                }
                continue;
            };
            let hint = suggestion(key, keys.iter().copied());
            problems.push(format!("{section}.{key}"), format!("unknown key{hint}"));
        }
    }
}

fn suggestion<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (distance(wrong, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len() / 3 + 1)
        .map(|(_, name)| format!("; did you mean {name}?"))
        .unwrap_or_default()
}

/// Levenshtein's edit distance, in bytes.
fn distance(left: &str, right: &str) -> usize {
    let right = right.as_bytes();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
