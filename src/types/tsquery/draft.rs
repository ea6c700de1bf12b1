//! From text to tree: the three syntaxes, and the removal of stop words from what they give.

use super::{DEPTH_MAX, DISTANCE_MAX, TsQuery, settle, too_deep};
use crate::{
    base::Result,
    err,
    types::tsvector::{LEXEME_BYTES_MAX, Scanner, ScannerKind},
};

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `a & (b | !c) <-> d:A*`
    Standard,
    /// `a "b c" or -d`; never an error.
    Web,
    /// The whole text is one operand.
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    And,
    Or,
    Phrase(u16),
}

/// A query that may still hold places of stop words.
#[derive(Clone, Debug)]
pub enum Draft {
    Stop,
    Word {
        word: String,
        prefix: bool,
        weights: u8,
    },
    Not(Box<Draft>),
    /// Operands joined from the left: `((first o second) o third) ..`, so that a long query is
    /// no deep one.
    Chain(Box<Draft>, Vec<(Operator, Draft)>),
}

/// What became of a text.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub query: TsQuery,
    /// PostgreSQL's NOTICE, where the text gave no lexeme.
    pub notice: Option<String>,
}

impl Draft {
    pub fn join(operator: Operator, left: Draft, right: Draft) -> Self {
        match left {
            Draft::Chain(first, mut rest) => {
                rest.push((operator, right));
                Draft::Chain(first, rest)
            }
            left => Draft::Chain(Box::new(left), vec![(operator, right)]),
        }
    }

    /// Errors: 54000 if the word is too long for a query.
    pub fn word(word: impl Into<String>, prefix: bool, weights: u8, input: &str) -> Result<Self> {
        let word = word.into();
        if word.len() > LEXEME_BYTES_MAX {
            return err!(PROGRAM_LIMIT_EXCEEDED, "word is too long in tsquery: \"{input}\"");
        }
        Ok(Draft::Word { word, prefix, weights })
    }

    /// How deep drafts are nested in this one; a chain is one level.
    fn depth(&self) -> usize {
        match self {
            Draft::Stop | Draft::Word { .. } => 1,
            Draft::Not(operand) => 1 + operand.depth(),
            Draft::Chain(first, rest) => {
                let rest = rest.iter().map(|(_, operand)| operand.depth()).max().unwrap_or(0);
                1 + rest.max(first.depth())
            }
        }
    }
}

/// Reads `text`; `operand` turns one operand (its text, weights, prefix flag) into a tree.
///
/// Errors: 42601, 22023, 54000, 54001, and those of `operand`.
pub fn parse_draft(
    text: &str,
    syntax: Syntax,
    operand: &mut dyn FnMut(&str, u8, bool) -> Result<Draft>,
) -> Result<Parsed> {
    let kind = if syntax == Syntax::Web { ScannerKind::Web } else { ScannerKind::Query };
    let mut parser = Parser {
        scanner: Scanner::new(text, kind),
        text,
        operand,
        operands: Vec::new(),
        groups: vec![Vec::new()],
    };
    match syntax {
        Syntax::Standard => parser.standard()?,
        Syntax::Web => parser.web()?,
        Syntax::Plain if text.is_empty() => {}
        Syntax::Plain => parser.push(text, 0, false)?,
    }
    parser.close_group()?;
    let Some((draft, _)) = parser.operands.pop() else {
        let notice = format!("text-search query doesn't contain lexemes: \"{text}\"");
        return Ok(Parsed { query: TsQuery::default(), notice: Some(notice) });
    };
    let root = settle::without_stops(draft)?;
    let notice = root.is_none().then(|| {
        "text-search query contains only stop words or doesn't contain lexemes, ignored".to_owned()
    });
    Ok(Parsed { query: TsQuery { root }, notice })
}

#[derive(Clone, Copy)]
enum Pending {
    Not,
    Join(Operator),
}

impl Pending {
    fn priority(self) -> u8 {
        match self {
            Pending::Join(Operator::Or) => 1,
            Pending::Join(Operator::And) => 2,
            Pending::Join(Operator::Phrase(_)) => 3,
            Pending::Not => 4,
        }
    }
}

/// Operator precedence with two stacks; `groups` holds the waiting operators of each open
/// parenthesis, the outermost first.
struct Parser<'a> {
    scanner: Scanner<'a>,
    text: &'a str,
    operand: &'a mut dyn FnMut(&str, u8, bool) -> Result<Draft>,
    operands: Vec<(Draft, usize)>,
    groups: Vec<Vec<Pending>>,
}

impl Parser<'_> {
    fn push(&mut self, text: &str, weights: u8, prefix: bool) -> Result<()> {
        let draft = (self.operand)(text, weights, prefix)?;
        let depth = draft.depth();
        self.push_node(draft, depth)
    }

    fn push_node(&mut self, draft: Draft, depth: usize) -> Result<()> {
        if depth > DEPTH_MAX {
            return Err(too_deep());
        }
        self.operands.push((draft, depth));
        Ok(())
    }

    fn operator(&mut self, operator: Pending) -> Result<()> {
        while let Some(waiting) = self.group().last().copied() {
            // Only NOT associates to the right.
            let waits = match operator {
                Pending::Not => true,
                operator => operator.priority() > waiting.priority(),
            };
            if waits {
                break;
            }
            self.group().pop();
            self.apply(waiting)?;
        }
        self.group().push(operator);
        if self.group().len() > DEPTH_MAX {
            return Err(too_deep());
        }
        Ok(())
    }

    fn group(&mut self) -> &mut Vec<Pending> {
        self.groups.last_mut().expect("the outermost group stays")
    }

    fn close_group(&mut self) -> Result<()> {
        while let Some(operator) = self.group().pop() {
            self.apply(operator)?;
        }
        Ok(())
    }

    fn apply(&mut self, operator: Pending) -> Result<()> {
        let (right, right_depth) = self.operands.pop().expect("an operand follows an operator");
        match operator {
            Pending::Not => self.push_node(Draft::Not(Box::new(right)), right_depth + 1),
            Pending::Join(operator) => {
                let (left, left_depth) = self.operands.pop().expect("an operand precedes");
                let grows = !matches!(left, Draft::Chain(..));
                let depth = (left_depth + usize::from(grows)).max(right_depth + 1);
                self.push_node(Draft::join(operator, left, right), depth)
            }
        }
    }

    fn standard(&mut self) -> Result<()> {
        let mut first = true;
        loop {
            self.scanner.skip_space();
            match self.scanner.peek() {
                None if first => return Ok(()),
                None => return err!(SYNTAX_ERROR, "no operand in tsquery: \"{}\"", self.text),
                Some('!') => {
                    self.scanner.advance();
                    self.operator(Pending::Not)?;
                }
                Some('(') => {
                    self.scanner.advance();
                    self.groups.push(Vec::new());
                    if self.groups.len() > DEPTH_MAX {
                        return Err(too_deep());
                    }
                }
                Some(':') => return self.scanner.syntax_error(),
                Some(_) => {
                    if let Some((word, _)) = self.scanner.word()? {
                        let (weights, prefix) = self.modifiers();
                        self.push(&word, weights, prefix)?;
                    }
                    if !self.standard_operator()? {
                        return Ok(());
                    }
                }
            }
            first = false;
        }
    }

    /// Reads closing parentheses and one operator; false at the end of input.
    fn standard_operator(&mut self) -> Result<bool> {
        loop {
            self.scanner.skip_space();
            let operator = match self.scanner.peek() {
                None if self.groups.len() > 1 => return self.scanner.syntax_error(),
                None => return Ok(false),
                Some(')') => {
                    self.scanner.advance();
                    self.close_group()?;
                    if self.groups.len() == 1 {
                        return self.scanner.syntax_error();
                    }
                    self.groups.pop();
                    continue;
                }
                Some('&') => Operator::And,
                Some('|') => Operator::Or,
                Some('<') => self.phrase_operator()?,
                Some(_) => return self.scanner.syntax_error(),
            };
            self.scanner.advance();
            self.operator(Pending::Join(operator))?;
            return Ok(true);
        }
    }

    /// `<->` or `<n>`, up to the closing bracket, which is left to be read.
    fn phrase_operator(&mut self) -> Result<Operator> {
        let rest = &self.scanner.rest()[1..];
        let (distance, length) = if rest.starts_with('-') {
            (1, 1)
        } else {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return self.scanner.syntax_error();
            }
            let distance = rest[..digits].parse::<i64>().unwrap_or(i64::MAX);
            if distance > DISTANCE_MAX {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "distance in phrase operator must be an integer value between zero and {DISTANCE_MAX} inclusive"
                );
            }
            (distance as u16, digits)
        };
        // An operator that ends the text has no operand, which is a syntax error here.
        if !rest[length..].starts_with('>') || rest.len() == length + 1 {
            return self.scanner.syntax_error();
        }
        self.scanner.seek(self.scanner.offset() + 1 + length);
        Ok(Operator::Phrase(distance))
    }

    /// `:A*b` behind a word.
    fn modifiers(&mut self) -> (u8, bool) {
        let (mut weights, mut prefix) = (0, false);
        if self.scanner.peek() != Some(':') {
            return (weights, prefix);
        }
        self.scanner.advance();
        while let Some(next) = self.scanner.peek() {
            match (next, crate::types::tsvector::Weight::from_letter(next)) {
                ('*', _) => prefix = true,
                (_, Some(weight)) => weights |= weight.bit(),
                _ => break,
            }
            self.scanner.advance();
        }
        (weights, prefix)
    }

    fn web(&mut self) -> Result<()> {
        let mut first = true;
        loop {
            match self.scanner.peek() {
                None if first => return Ok(()),
                None => return self.push_node(Draft::Stop, 1),
                Some('-') => {
                    self.scanner.advance();
                    self.operator(Pending::Not)?;
                    first = false;
                    continue;
                }
                Some('"') => {
                    self.scanner.advance();
                    let rest = self.scanner.rest();
                    let length = rest.find('"').unwrap_or(rest.len());
                    self.push(&rest[..length], 0, false)?;
                    let start = self.scanner.offset();
                    self.scanner.seek((start + length + 1).min(self.text.len()));
                }
                Some('!' | '&' | '|' | '(' | ')' | '<') => {
                    self.scanner.advance();
                    first = false;
                    continue;
                }
                Some(next) if next.is_ascii_whitespace() || next == '\x0b' => {
                    self.scanner.advance();
                    continue;
                }
                Some(_) => {
                    if let Some((word, _)) = self.scanner.word()? {
                        self.push(&word, 0, false)?;
                    }
                }
            }
            first = false;
            match self.web_operator() {
                Some(operator) => self.operator(Pending::Join(operator))?,
                None => return Ok(()),
            }
        }
    }

    /// `or`, else an AND before whatever follows; `None` at the end of input.
    fn web_operator(&mut self) -> Option<Operator> {
        loop {
            let next = self.scanner.peek()?;
            if self.is_or() {
                self.scanner.seek(self.scanner.offset() + 2);
                return Some(Operator::Or);
            }
            match next {
                '!' | '&' | '|' | '(' | ')' | '<' => {}
                next if next.is_ascii_whitespace() || next == '\x0b' => {}
                _ => return Some(Operator::And),
            }
            self.scanner.advance();
        }
    }

    /// Whether `or` stands here as a word of its own with something behind it.
    fn is_or(&self) -> bool {
        let rest = self.scanner.rest();
        let Some((or, rest)) = rest.split_at_checked(2) else { return false };
        if !or.eq_ignore_ascii_case("or") {
            return false;
        }
        let mut rest = rest.chars();
        match rest.next() {
            None | Some('-' | '_') => return false,
            Some(next) if next.is_alphanumeric() => return false,
            Some(_) => {}
        }
        rest.any(|next| !(next.is_ascii_whitespace() || next == '\x0b'))
    }
}
