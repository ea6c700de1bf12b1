//! The text form: `'fat':2A,4 'cat'`.

use super::{Lexeme, Scanner, ScannerKind, TsVector, Weight, check_word};
use crate::base::Result;

impl TsVector {
    /// Reads words as they stand, without a dictionary. Errors: 42601, 54000.
    pub fn parse(text: &str) -> Result<Self> {
        let mut scanner = Scanner::new(text, ScannerKind::Vector);
        let mut lexemes = Vec::new();
        while let Some((word, positions)) = scanner.word()? {
            check_word(word.len())?;
            lexemes.push(Lexeme { word, positions });
        }
        Self::from_lexemes(lexemes)
    }

    pub fn format(&self, out: &mut String) {
        for (index, lexeme) in self.lexemes.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            quote(&lexeme.word, out);
            for (index, position) in lexeme.positions.iter().enumerate() {
                out.push(if index == 0 { ':' } else { ',' });
                out.push_str(itoa(position.at, &mut [0; 5]));
                match position.weight {
                    Weight::A => out.push('A'),
                    Weight::B => out.push('B'),
                    Weight::C => out.push('C'),
                    Weight::D => {}
                }
            }
        }
    }
}

/// Appends a word in quotes, with quotes and backslashes doubled.
pub fn quote(word: &str, out: &mut String) {
    out.push('\'');
    for character in word.chars() {
        if matches!(character, '\'' | '\\') {
            out.push(character);
        }
        out.push(character);
    }
    out.push('\'');
}

fn itoa(mut number: u16, digits: &mut [u8; 5]) -> &str {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[start..]).expect("digits are ASCII")
}
