//! `ts_headline`: the part of a document that shows best why it matches.

mod options;
mod select;

pub use options::HeadlineOptions;

use super::{
    Config,
    document::{Outcome, each_token},
    matching::{Answer, Expression, Operand, Source},
    parser::TokenKind,
};
use crate::{base::Notice, types::tsquery::TsQuery};

/// A token of the document. One that several operands match stands there several times, all but
/// the first marked `repeated`.
#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    text: &'a str,
    kind: TokenKind,
    /// The lexeme's position, as in a tsvector; 0 where there is none.
    position: u32,
    /// The operand of the query that it matches.
    operand: Option<usize>,
    repeated: bool,
    shown: bool,
    /// Between the marks.
    selected: bool,
    /// Shown as a space: tags.
    replaced: bool,
    /// Not shown, since its parts are: URLs and hyphenated words.
    skipped: bool,
}

impl Word<'_> {
    fn is_skippable(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Url
                | TokenKind::HyphenNumWord
                | TokenKind::HyphenAsciiWord
                | TokenKind::HyphenWord
        )
    }

    /// Whether it counts towards the number of words.
    fn counts(&self) -> bool {
        !(matches!(self.kind, TokenKind::Blank | TokenKind::Tag) || self.is_skippable())
    }

    /// A term of the query.
    fn is_interesting(&self) -> bool {
        self.operand.is_some() && !self.repeated
    }

    /// A headline should not end here: at a number, punctuation or a short word.
    fn is_bad_end(&self, short_bytes: usize) -> bool {
        let weak = !self.counts()
            || matches!(
                self.kind,
                TokenKind::ScientificFloat
                    | TokenKind::Version
                    | TokenKind::Float
                    | TokenKind::Int
                    | TokenKind::UInt
                    | TokenKind::Protocol
                    | TokenKind::Entity
            );
        (weak || self.text.len() <= short_bytes) && !self.is_interesting()
    }
}

/// A stretch of words, looked at as a document of its own.
struct Stretch<'a, 'b>(&'b [Word<'a>]);

impl Source for Stretch<'_, '_> {
    fn find(&self, _: &Operand, index: usize, places: Option<&mut Vec<u32>>) -> Answer {
        let mut found = self.0.iter().filter(|word| word.operand == Some(index));
        let Some(places) = places else {
            return if found.next().is_some() { Answer::Yes } else { Answer::No };
        };
        for word in found {
            if places.last().is_none_or(|last| *last < word.position) {
                places.push(word.position);
            }
        }
        if places.is_empty() { Answer::No } else { Answer::Yes }
    }
}

/// `ts_headline(config, text, query, options)`.
pub fn ts_headline(
    config: Config,
    text: &str,
    query: &TsQuery,
    options: &HeadlineOptions,
) -> (String, Vec<Notice>) {
    let mut notices = Vec::new();
    let expression = Expression::new(query);
    let operands = expression.as_ref().map_or(&[][..], |expression| &expression.operands);
    let mut words = words(config, text, operands, &mut notices);
    select::select(&mut words, expression.as_ref(), options);
    (render(&words, options), notices)
}

fn words<'a>(
    config: Config,
    text: &'a str,
    operands: &[Operand],
    notices: &mut Vec<Notice>,
) -> Vec<Word<'a>> {
    let mut words: Vec<Word> = Vec::new();
    let mut position = 0;
    each_token(config, text, notices, |token, outcome| {
        let mut word = Word {
            text: token.text,
            kind: token.kind,
            position: 0,
            operand: None,
            repeated: false,
            shown: false,
            selected: false,
            replaced: false,
            skipped: false,
        };
        if outcome != Outcome::Unmapped {
            position += 1;
        }
        let Outcome::Lexeme(lexeme) = outcome else {
            words.push(word);
            return;
        };
        word.position = position.min(u32::from(crate::types::tsvector::POSITION_MAX));
        let at = words.len();
        for (index, operand) in operands.iter().enumerate() {
            let matches = if operand.prefix {
                lexeme.starts_with(operand.word)
            } else {
                lexeme == operand.word
            };
            if matches {
                words.push(Word { operand: Some(index), repeated: words.len() > at, ..word });
            }
        }
        if words.len() == at {
            words.push(word);
        }
    });
    words
}

fn render(words: &[Word], options: &HeadlineOptions) -> String {
    let mut out = String::new();
    let mut within = false;
    let mut fragments = 0;
    for word in words.iter().filter(|word| !word.repeated) {
        if !word.shown {
            within = false;
            continue;
        }
        if !within {
            within = true;
            fragments += 1;
            if fragments > 1 {
                out.push_str(&options.delimiter);
            }
        }
        if word.replaced {
            out.push(' ');
        } else if !word.skipped {
            if word.selected {
                out.push_str(&options.start);
            }
            out.push_str(word.text);
            if word.selected {
                out.push_str(&options.stop);
            }
        }
    }
    out
}
