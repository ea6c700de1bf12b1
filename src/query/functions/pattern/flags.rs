//! The options of a regular expression: the letters of a flags argument or of `(?...)`.

use crate::{base::Result, err};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    pub ignore_case: bool,
    /// `^` and `$` match at line ends too.
    pub lines: bool,
    /// `.` and negated brackets do not match a newline.
    pub no_newline: bool,
    /// White space and comments are left out.
    pub expanded: bool,
    /// The pattern is plain text.
    pub literal: bool,
    /// Every match, not only the first: `g`.
    pub global: bool,
}

impl Flags {
    /// Adds one letter. `false`: there is no such option.
    pub fn add(&mut self, letter: char) -> bool {
        match letter {
            'i' => self.ignore_case = true,
            'c' => self.ignore_case = false,
            'm' | 'n' => (self.lines, self.no_newline) = (true, true),
            's' => (self.lines, self.no_newline) = (false, false),
            'p' => (self.lines, self.no_newline) = (false, true),
            'w' => (self.lines, self.no_newline) = (true, false),
            'x' => self.expanded = true,
            't' => self.expanded = false,
            'q' => self.literal = true,
            // Extended and advanced expressions are read alike.
            'e' => self.literal = false,
            _ => return false,
        }
        true
    }

    /// Errors: 22023 for an unknown letter.
    pub fn parse(text: &str) -> Result<Self> {
        let mut flags = Flags::default();
        for letter in text.chars() {
            if letter == 'g' {
                flags.global = true;
            } else if !flags.add(letter) {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "invalid regular expression option: \"{letter}\""
                );
            }
        }
        Ok(flags)
    }

    /// The flags of a function that finds one match or all of them by itself.
    pub fn parse_local(text: &str, function: &str) -> Result<Self> {
        let flags = Flags::parse(text)?;
        if flags.global {
            return err!(
                INVALID_PARAMETER_VALUE,
                "{function}() does not support the \"global\" option"
            );
        }
        Ok(flags)
    }
}
