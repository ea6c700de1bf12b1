//! Compiled expressions, the last few of each thread kept.

use std::{cell::RefCell, rc::Rc};

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::{
    flags::Flags,
    longest::Longest,
    translate::{invalid, translate},
};
use crate::{base::Result, pg_error};

/// Expressions that each thread keeps.
const CACHED_MAX: usize = 32;
/// Steps of the backtracking engine, which only runs for look-around and back-references.
pub(super) const BACKTRACKS_MAX: usize = 10_000_000;

thread_local! {
    /// Most recently used first.
    static CACHE: RefCell<Vec<Rc<Compiled>>> = const { RefCell::new(Vec::new()) };
}

pub struct Compiled {
    pattern: String,
    flags: Flags,
    regex: Regex,
    longest: Option<Longest>,
}

/// A match: byte ranges of the whole and of each group.
pub struct Match {
    pub groups: Vec<Option<(usize, usize)>>,
}

impl Match {
    pub fn start(&self) -> usize {
        self.groups[0].map_or(0, |(start, _)| start)
    }

    pub fn end(&self) -> usize {
        self.groups[0].map_or(0, |(_, end)| end)
    }

    /// The text of a group; `None` where it took no part.
    pub fn group<'t>(&self, text: &'t str, group: usize) -> Option<&'t str> {
        let (start, end) = (*self.groups.get(group)?)?;
        Some(&text[start..end])
    }
}

impl Compiled {
    /// Errors: 2201B.
    pub fn get(pattern: &str, flags: Flags) -> Result<Rc<Self>> {
        let flags = Flags { global: false, ..flags };
        CACHE.with_borrow_mut(|cache| {
            let found =
                cache.iter().position(|kept| kept.flags == flags && kept.pattern == pattern);
            match found {
                Some(0) => {}
                Some(at) => cache[..=at].rotate_right(1),
                None => {
                    let compiled = Rc::new(Self::compile(pattern, flags)?);
                    cache.truncate(CACHED_MAX - 1);
                    cache.insert(0, compiled);
                }
            }
            Ok(cache[0].clone())
        })
    }

    fn compile(pattern: &str, flags: Flags) -> Result<Self> {
        let translated = translate(pattern, flags)?;
        let regex = RegexBuilder::new(&translated)
            .backtrack_limit(BACKTRACKS_MAX)
            .build()
            .map_err(|error| invalid(&error.to_string()))?;
        let longest = match flags.literal {
            true => None,
            false => Longest::new(pattern, &translated),
        };
        Ok(Self { pattern: pattern.to_owned(), flags, regex, longest })
    }

    pub fn is_match(&self, text: &str) -> Result<bool> {
        self.regex.is_match(text).map_err(too_complex)
    }

    /// How many groups the pattern has.
    pub fn groups(&self) -> usize {
        self.regex.captures_len() - 1
    }

    /// The first match at or behind byte `from`.
    pub fn find(&self, text: &str, from: usize) -> Result<Option<Match>> {
        let captures = self.regex.captures_from_pos(text, from).map_err(too_complex)?;
        let found = captures.map(|captures| Match::of(&captures));
        Ok(match (&self.longest, found) {
            (Some(longest), Some(found)) => Some(longest.extend(text, found)),
            (_, found) => found,
        })
    }

    /// All matches from byte `from`, in order; an empty one may follow another match.
    pub fn find_all(&self, text: &str, from: usize) -> Result<Vec<Match>> {
        let mut matches = Vec::new();
        let mut at = Some(from);
        while let Some(from) = at {
            let Some(found) = self.find(text, from)? else { break };
            at = after(text, &found);
            matches.push(found);
        }
        Ok(matches)
    }
}

/// Where to search after a match: behind it, or one character on if it is empty.
pub fn after(text: &str, found: &Match) -> Option<usize> {
    if found.end() > found.start() {
        return Some(found.end());
    }
    text[found.end()..].chars().next().map(|c| found.end() + c.len_utf8())
}

impl Match {
    pub(super) fn of(captures: &Captures<'_, str>) -> Self {
        let groups = (0..captures.len())
            .map(|group| captures.get(group).map(|found| (found.start(), found.end())))
            .collect();
        Self { groups }
    }
}

fn too_complex(error: fancy_regex::Error) -> crate::base::PgError {
    pg_error!(PROGRAM_LIMIT_EXCEEDED, "regular expression failed: {error}")
}
