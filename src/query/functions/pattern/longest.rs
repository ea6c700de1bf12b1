//! The longest match: alternatives are not tried in order but all at once, as POSIX has it.
//!
//! The engine takes the first alternative that leads to a match: of `a|ab` over `ab` it finds `a`.
//! Where a pattern has alternatives, an automaton that goes through all of them tells where the
//! longest match ends, and its groups are found within that.

use std::cell::RefCell;

use fancy_regex::{Regex, RegexBuilder};
use regex_automata::{
    Anchored, Input, MatchKind,
    hybrid::dfa::{Cache, DFA},
};

use super::compiled::{BACKTRACKS_MAX, Match};

pub struct Longest {
    automaton: DFA,
    cache: RefCell<Cache>,
    /// The whole pattern over a whole text, for the groups.
    whole: Regex,
}

impl Longest {
    /// `None` where it makes no difference, or where an automaton cannot tell: look-around,
    /// back-references, quantifiers that prefer less.
    pub fn new(pattern: &str, translated: &str) -> Option<Self> {
        if !has_alternatives(pattern) {
            return None;
        }
        let config = DFA::config().match_kind(MatchKind::All).unicode_word_boundary(true);
        let automaton = DFA::builder().configure(config).build(translated).ok()?;
        let cache = RefCell::new(automaton.create_cache());
        let whole = RegexBuilder::new(&format!("\\A(?:{translated})\\z"))
            .backtrack_limit(BACKTRACKS_MAX)
            .build()
            .ok()?;
        Some(Self { automaton, cache, whole })
    }

    /// The longest match that begins where `found` does; `found` itself if it is that.
    pub fn extend(&self, text: &str, found: Match) -> Match {
        let (start, end) = (found.start(), found.end());
        let input = Input::new(text).span(start..text.len()).anchored(Anchored::Yes);
        let furthest = match self.automaton.try_search_fwd(&mut self.cache.borrow_mut(), &input) {
            Ok(Some(furthest)) if furthest.offset() > end => furthest.offset(),
            _ => return found,
        };
        let Ok(Some(captures)) = self.whole.captures(&text[start..furthest]) else { return found };
        let mut longest = Match::of(&captures);
        for (from, to) in longest.groups.iter_mut().flatten() {
            *from += start;
            *to += start;
        }
        longest
    }
}

/// Whether the pattern has `|` outside of brackets, and no quantifier that prefers less.
fn has_alternatives(pattern: &str) -> bool {
    let (mut alternatives, mut quantified, mut bracket) = (false, false, 0);
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                rest.next();
                quantified = false;
            }
            '[' => bracket += 1,
            ']' if bracket > 0 => bracket -= 1,
            _ if bracket > 0 => {}
            '?' if quantified => return false,
            '*' | '+' | '?' | '}' => quantified = true,
            '|' => (alternatives, quantified) = (true, false),
            _ => quantified = false,
        }
    }
    alternatives
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::functions::pattern::{compiled::Compiled, flags::Flags};

    fn groups(pattern: &str, text: &str) -> Vec<Option<String>> {
        let compiled = Compiled::get(pattern, Flags::default()).unwrap();
        let found = compiled.find(text, 0).unwrap().unwrap();
        (0..found.groups.len()).map(|group| found.group(text, group).map(str::to_owned)).collect()
    }

    #[test]
    fn the_longest_alternative_is_found() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(groups(".|...", "xyz"), [some("xyz")]);
        assert_eq!(groups("a|ab", "xab"), [some("ab")]);
        assert_eq!(groups("(a|ab)(c|bcd)", "abcd"), [some("abcd"), some("a"), some("bcd")]);
        assert_eq!(groups("foo|foobar", "foo bar"), [some("foo")]);
        assert_eq!(groups("(é|éa)+", "xéaé"), [some("éaé"), some("é")]);
    }

    #[test]
    fn what_prefers_less_is_left_alone() {
        assert!(!has_alternatives("a*?|b"));
        assert!(!has_alternatives("[|]a"));
        assert!(!has_alternatives("a\\|b"));
        assert!(has_alternatives("(a?|b)"));
    }
}
