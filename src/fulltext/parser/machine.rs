//! Runs the states over a text.

use super::{
    Token, TokenKind, classes,
    states::{Act, Class, Stack, State, Step},
};

/// Tokens of a text, in order and without gaps. The parser ends early only where PostgreSQL's does.
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    text: &'a str,
    /// The present state, over those that wait for its failure.
    places: Vec<Place>,
    start: usize,
    ignoring: bool,
    host_wanted: bool,
    /// A comment was tried and had no end: later ones will have none either.
    comment_endless: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    token_bytes: usize,
    state: State,
    /// Where to go on in the rules of `state`, once what is above has failed.
    resume: usize,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        Self::starting(text, State::Base)
    }

    fn starting(text: &'a str, state: State) -> Self {
        let place = Place { at: 0, token_bytes: 0, state, resume: 0 };
        Self {
            text,
            places: vec![place],
            start: 0,
            ignoring: false,
            host_wanted: false,
            comment_endless: false,
        }
    }

    fn place(&mut self) -> &mut Place {
        self.places.last_mut().expect("the lowest place is never popped")
    }

    fn run(&mut self) -> Option<Token<'a>> {
        if self.place().at >= self.text.len() {
            return None;
        }
        self.start = self.place().at;
        if let Some(token) = self.plain() {
            return Some(token);
        }
        self.place().resume = 0;
        while self.place().at <= self.text.len() {
            let place = *self.place();
            let mut next = self.text[place.at..].chars().next();
            let step = self.choose(place, next);
            match step.act {
                Act::None => {}
                Act::NoteTag => self.note_tag(),
                Act::Rewind | Act::RewindToHost => {
                    self.host_wanted |= step.act == Act::RewindToHost;
                    let place = self.place();
                    place.at -= place.token_bytes;
                }
                Act::Restart => {
                    let place = self.place();
                    place.at -= place.token_bytes;
                    place.token_bytes = 0;
                    // The character that is taken next is the one at the start.
                    next = None;
                }
            }
            let token = step.emit.map(|kind| self.take_token(kind));
            self.restack(step.stack);
            if let Some(state) = step.to {
                self.place().state = state;
            }
            if token.is_some() {
                return token;
            }
            if self.place().at >= self.text.len() && !step.rerun {
                return None;
            }
            if step.rerun || step.stack == Stack::Pop {
                continue;
            }
            if let Some(next) = next {
                let place = self.place();
                place.at += next.len_utf8();
                place.token_bytes += next.len_utf8();
            }
        }
        None
    }

    fn choose(&mut self, place: Place, next: Option<char>) -> Step {
        let rules = place.state.rules();
        let from = std::mem::take(&mut self.place().resume);
        let Some(next) = next else {
            let comment = matches!(
                place.state,
                State::Comment | State::CommentCloseFirst | State::CommentCloseSecond
            );
            self.comment_endless |= comment;
            return rules.at_end;
        };
        for (index, rule) in rules.rules.iter().enumerate().skip(from) {
            if self.fits(rule.class, next) {
                if rule.step.stack == Stack::Push {
                    self.place().resume = index + 1;
                }
                return rule.step;
            }
        }
        rules.otherwise
    }

    fn fits(&mut self, class: Class, next: char) -> bool {
        match class {
            Class::Is(byte) => next == char::from(byte),
            Class::Letter => next.is_ascii_alphabetic(),
            Class::Alpha => classes::is_alpha(next),
            Class::Digit => next.is_ascii_digit(),
            Class::HexDigit => next.is_ascii_hexdigit(),
            Class::Alnum => classes::is_alnum(next),
            Class::NotAlnum => !classes::is_alnum(next),
            Class::Space => classes::is_space(next),
            Class::Mark => classes::is_mark(next),
            Class::UrlCharacter => is_url_character(next),
            Class::Ignoring => self.ignoring,
            Class::HostWanted => std::mem::take(&mut self.host_wanted),
            Class::HostHere => self.take_ahead(State::Base, true, &[TokenKind::Host]),
            Class::UrlPathHere => {
                self.take_ahead(State::UrlPathFirst, false, &[TokenKind::UrlPath])
            }
            Class::CommentDash => next == '-' && !self.comment_endless,
        }
    }

    /// Parses ahead with a parser of its own; if its first token is wanted, takes it.
    fn take_ahead(&mut self, state: State, host_wanted: bool, wanted: &[TokenKind]) -> bool {
        let at = self.place().at;
        let mut ahead = Parser::starting(&self.text[at..], state);
        if state != State::Base {
            // Something to come back to, for an attempt that fails.
            let below = Place { state: State::Base, ..ahead.places[0] };
            ahead.places.insert(0, below);
        }
        ahead.host_wanted = host_wanted;
        let Some(token) = ahead.run().filter(|token| wanted.contains(&token.kind)) else {
            return false;
        };
        let place = self.place();
        place.at += token.text.len();
        place.token_bytes += token.text.len();
        true
    }

    fn take_token(&mut self, kind: TokenKind) -> Token<'a> {
        let start = self.start;
        let place = self.place();
        let bytes = place.token_bytes;
        place.token_bytes = 0;
        Token { kind, text: &self.text[start..start + bytes] }
    }

    fn restack(&mut self, stack: Stack) {
        let top = self.places.len() - 1;
        match stack {
            Stack::Keep => {}
            Stack::Push => {
                let place = self.places[top];
                self.places.push(Place { resume: 0, ..place });
            }
            Stack::Pop => {
                self.places.pop();
            }
            Stack::Clear => {
                self.places.remove(top - 1);
            }
            Stack::ClearAll => {
                self.places.swap(0, top);
                self.places.truncate(1);
            }
            Stack::Merge => {
                let merged = self.places.pop().expect("a state above another");
                let place = self.place();
                place.at = merged.at;
                place.token_bytes = merged.token_bytes;
            }
        }
    }

    /// The token so far is `<name`.
    fn note_tag(&mut self) {
        let place = *self.place();
        let token = &self.text.as_bytes()[self.start..self.start + place.token_bytes];
        let is = |tag: &str| token.eq_ignore_ascii_case(tag.as_bytes());
        if is("</script") || is("</style") {
            self.ignoring = false;
        } else if is("<script") || is("<style") {
            self.ignoring = true;
        }
    }

    /// A token that needs no attempts, if one begins here.
    fn plain(&mut self) -> Option<Token<'a>> {
        if self.places.len() > 1 || self.ignoring || self.place().state != State::Base {
            return None;
        }
        let (kind, bytes) = super::scan::plain_token(&self.text[self.start..])?;
        self.place().at += bytes;
        Some(Token { kind, text: &self.text[self.start..self.start + bytes] })
    }
}

impl<'a> Iterator for Parser<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.run()
    }
}

/// Characters that a URL may hold, as RFC 3986 has them.
fn is_url_character(next: char) -> bool {
    matches!(next, '!'..='~')
        && !matches!(next, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}
