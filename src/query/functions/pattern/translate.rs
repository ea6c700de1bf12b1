//! PostgreSQL's advanced regular expressions in the syntax of the `regex` and `fancy-regex` crates.
//!
//! Where the two differ: escapes for word ends (`\m`, `\M`, `\y`), `\b` is a backspace, a newline
//! is an ordinary character, brackets have no set operations, quantifiers are not possessive.

use super::flags::Flags;
use crate::{
    base::{PgError, Result},
    pg_error,
};

/// PostgreSQL's DUPMAX.
const REPETITIONS_MAX: u32 = 255;

pub fn invalid(reason: &str) -> PgError {
    pg_error!(INVALID_REGULAR_EXPRESSION, "invalid regular expression: {reason}")
}

/// A pattern ready for the engine.
pub fn translate(pattern: &str, mut flags: Flags) -> Result<String> {
    let mut rest = pattern;
    if !flags.literal {
        if let Some(literal) = rest.strip_prefix("***=") {
            flags.literal = true;
            rest = literal;
        } else {
            rest = rest.strip_prefix("***:").unwrap_or(rest);
        }
    }
    if flags.literal {
        return Ok(prefix(flags) + &escape(rest));
    }
    rest = embedded_options(rest, &mut flags)?;
    let mut translation =
        Translation { rest, flags, out: prefix(flags), open: 0, quantifiable: false };
    translation.run()?;
    Ok(translation.out)
}

fn prefix(flags: Flags) -> String {
    let mut on = String::new();
    for (set, letter) in [(flags.ignore_case, 'i'), (flags.lines, 'm'), (!flags.no_newline, 's')] {
        if set {
            on.push(letter);
        }
    }
    if on.is_empty() { String::new() } else { format!("(?{on})") }
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        push_literal(&mut out, c);
        out
    })
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

/// `(?xyz)` at the very start sets options for the whole pattern.
fn embedded_options<'a>(pattern: &'a str, flags: &mut Flags) -> Result<&'a str> {
    let Some(options) = pattern.strip_prefix("(?") else { return Ok(pattern) };
    let Some((letters, rest)) = options.split_once(')') else { return Ok(pattern) };
    if letters.is_empty() || !letters.chars().all(|c| c.is_ascii_lowercase()) {
        return Ok(pattern);
    }
    for letter in letters.chars() {
        if !flags.add(letter) {
            return Err(invalid("invalid embedded option"));
        }
    }
    Ok(rest)
}

struct Translation<'a> {
    rest: &'a str,
    flags: Flags,
    out: String,
    /// Groups not closed yet.
    open: usize,
    /// Whether a quantifier may follow.
    quantifiable: bool,
}

impl Translation<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.quantifiable = true;
    }

    fn constraint(&mut self, text: &str) {
        self.out.push_str(text);
        self.quantifiable = false;
    }

    fn run(&mut self) -> Result<()> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escaped()?,
                '[' => self.bracket()?,
                '(' => self.group()?,
                ')' => {
                    if self.open == 0 {
                        return Err(invalid("parentheses () not balanced"));
                    }
                    self.open -= 1;
                    self.atom(")");
                }
                '*' | '+' | '?' => self.quantifier(&c.to_string())?,
                '{' if self.rest.starts_with(|c: char| c.is_ascii_digit()) => self.bound()?,
                '|' | '^' | '$' => self.constraint(&c.to_string()),
                '.' => self.atom("."),
                c if self.flags.expanded && c.is_whitespace() => {}
                '#' if self.flags.expanded => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = &self.rest[end..];
                }
                c => {
                    push_literal(&mut self.out, c);
                    self.quantifiable = true;
                }
            }
        }
        if self.open > 0 {
            return Err(invalid("parentheses () not balanced"));
        }
        Ok(())
    }

    fn group(&mut self) -> Result<()> {
        let starts = ["?:", "?=", "?!", "?<=", "?<!"];
        if self.eat("?#") {
            let Some((_, rest)) = self.rest.split_once(')') else {
                return Err(invalid("parentheses () not balanced"));
            };
            self.rest = rest;
            return Ok(());
        }
        self.out.push('(');
        if let Some(start) = starts.into_iter().find(|start| self.rest.starts_with(start)) {
            self.eat(start);
            self.out.push_str(start);
        } else if self.rest.starts_with('?') {
            return Err(invalid("quantifier operand invalid"));
        }
        self.open += 1;
        self.quantifiable = false;
        Ok(())
    }

    /// A quantifier, greedy or not. Another one must not follow it.
    fn quantifier(&mut self, text: &str) -> Result<()> {
        if !self.quantifiable {
            return Err(invalid("quantifier operand invalid"));
        }
        self.out.push_str(text);
        if self.eat("?") {
            self.out.push('?');
        }
        self.quantifiable = false;
        Ok(())
    }

    /// `{m}`, `{m,}`, `{m,n}`
    fn bound(&mut self) -> Result<()> {
        let Some((bound, rest)) = self.rest.split_once('}') else {
            return Err(invalid("braces {} not balanced"));
        };
        let number = |text: &str| {
            text.parse::<u32>()
                .ok()
                .filter(|count| *count <= REPETITIONS_MAX)
                .ok_or_else(|| invalid("invalid repetition count(s)"))
        };
        let (least, most) = bound.split_once(',').unwrap_or((bound, bound));
        let least = number(least)?;
        if !most.is_empty() && number(most)? < least {
            return Err(invalid("invalid repetition count(s)"));
        }
        let text = format!("{{{bound}}}");
        self.rest = rest;
        self.quantifier(&text)
    }

    fn escaped(&mut self) -> Result<()> {
        let Some(c) = self.next() else {
            return Err(invalid("invalid escape \\ sequence"));
        };
        match c {
            'd' => self.atom("[0-9]"),
            'D' => self.atom("[^0-9]"),
            's' | 'S' | 'w' | 'W' => self.atom(&format!("\\{c}")),
            'm' => self.constraint("\\b{start}"),
            'M' => self.constraint("\\b{end}"),
            'y' => self.constraint("\\b"),
            'Y' => self.constraint("\\B"),
            'A' => self.constraint("\\A"),
            'Z' => self.constraint("\\z"),
            '1'..='9' => {
                let digits = self.rest.len()
                    - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let reference = format!("\\{c}{}", &self.rest[..digits]);
                self.rest = &self.rest[digits..];
                // Closed off, so that a digit of the pattern is not taken into the number.
                self.atom(&format!("(?:{reference})"));
            }
            c => {
                let c = self.character(c)?;
                push_literal(&mut self.out, c);
                self.quantifiable = true;
            }
        }
        Ok(())
    }

    /// The character that an escape stands for; `c` is behind the backslash.
    fn character(&mut self, c: char) -> Result<char> {
        Ok(match c {
            'a' => '\x07',
            'b' => '\x08',
            'B' => '\\',
            'e' => '\x1b',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '0' => '\0',
            'c' => match self.next() {
                Some(c) => char::from((u32::from(c) & 31) as u8),
                None => return Err(invalid("invalid escape \\ sequence")),
            },
            'u' => self.hexadecimal(4, 4)?,
            'U' => self.hexadecimal(8, 8)?,
            'x' => self.hexadecimal(1, 255)?,
            c if c.is_alphanumeric() => return Err(invalid("invalid escape \\ sequence")),
            c => c,
        })
    }

    fn hexadecimal(&mut self, least: usize, most: usize) -> Result<char> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_hexdigit).count();
        let code = (digits >= least)
            .then(|| u32::from_str_radix(&self.rest[..digits], 16).ok())
            .flatten()
            .and_then(char::from_u32)
            .ok_or_else(|| invalid("invalid escape \\ sequence"))?;
        self.rest = &self.rest[digits..];
        Ok(code)
    }

    fn bracket(&mut self) -> Result<()> {
        if self.eat("[:<:]]") {
            self.constraint("\\b{start}");
            return Ok(());
        }
        if self.eat("[:>:]]") {
            self.constraint("\\b{end}");
            return Ok(());
        }
        self.out.push('[');
        if self.eat("^") {
            self.out.push('^');
            if self.flags.no_newline {
                self.out.push_str("\\n");
            }
        }
        let mut first = true;
        loop {
            let Some(c) = self.next() else {
                return Err(invalid("brackets [] not balanced"));
            };
            match c {
                ']' if !first => break,
                '[' if self.rest.starts_with([':', '.', '=']) => self.class()?,
                '-' if !first && !self.rest.starts_with(']') => self.out.push('-'),
                '\\' => self.bracket_escape()?,
                c => push_literal(&mut self.out, c),
            }
            first = false;
        }
        self.atom("]");
        Ok(())
    }

    /// `[:alpha:]`, `[.x.]`, `[=x=]` within a bracket.
    fn class(&mut self) -> Result<()> {
        let kind = self.next().expect("the caller has seen it");
        let end = format!("{kind}]");
        let Some((name, rest)) = self.rest.split_once(&end) else {
            return Err(invalid("brackets [] not balanced"));
        };
        self.rest = rest;
        if kind != ':' {
            let mut chars = name.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => push_literal(&mut self.out, c),
                _ => return Err(invalid("invalid collating element")),
            }
            return Ok(());
        }
        self.out.push_str(match name {
            "alpha" => "\\p{Alphabetic}",
            "digit" => "0-9",
            "alnum" => "\\p{Alphabetic}0-9",
            "upper" => "\\p{Uppercase}",
            "lower" => "\\p{Lowercase}",
            "space" => "\\s",
            "blank" => " \\t",
            "punct" => "[[:punct:]]",
            "print" => "[[:print:]]",
            "graph" => "[[:graph:]]",
            "cntrl" => "\\p{Cc}",
            "xdigit" => "0-9A-Fa-f",
            "word" => "\\w",
            _ => return Err(invalid("invalid character class")),
        });
        Ok(())
    }

    fn bracket_escape(&mut self) -> Result<()> {
        let Some(c) = self.next() else {
            return Err(invalid("invalid escape \\ sequence"));
        };
        match c {
            'd' => self.out.push_str("0-9"),
            's' | 'w' | 'D' | 'S' | 'W' => {
                self.out.push('\\');
                self.out.push(c);
            }
            c => {
                let c = self.character(c)?;
                push_literal(&mut self.out, c);
            }
        }
        Ok(())
    }
}
