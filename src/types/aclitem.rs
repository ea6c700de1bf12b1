//! `aclitem`: what a grantor lets a grantee do, e.g. `ada=r*w/postgres`. It is kept as its text.

use super::{oid, text_io::Names};
use crate::{
    base::{Oid, Result},
    err, pg_error,
};

/// Privileges by their bit: the letter, and the word. TEMP is another word for TEMPORARY.
pub const PRIVILEGES: &[(char, &str)] = &[
    ('a', "INSERT"),
    ('r', "SELECT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
    ('D', "TRUNCATE"),
    ('x', "REFERENCES"),
    ('t', "TRIGGER"),
    ('X', "EXECUTE"),
    ('U', "USAGE"),
    ('C', "CREATE"),
    ('T', "TEMPORARY"),
    ('c', "CONNECT"),
    ('s', "SET"),
    ('A', "ALTER SYSTEM"),
    ('m', "MAINTAIN"),
];

/// The order letters print in is the order of their bits.
const LETTERS: &str = "arwdDxtXUCTcsAm";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclItem {
    /// A role's name; empty for PUBLIC.
    pub grantee: String,
    pub grantor: String,
    /// Bits as in [`PRIVILEGES`].
    pub privileges: u16,
    /// Those that the grantee may pass on.
    pub grantable: u16,
}

/// The bits of some letters.
pub fn bits(letters: &str) -> u16 {
    letters.chars().filter_map(|letter| LETTERS.find(letter)).fold(0, |bits, at| bits | 1 << at)
}

impl AclItem {
    /// Reads `[group|user] grantee=letters/grantor`; without a grantor it is the superuser.
    ///
    /// Errors: 22P02 for a text of another form; 42704 for a role that `names` does not know.
    pub fn parse(text: &str, names: Option<&dyn Names>) -> Result<Self> {
        let (mut grantee, mut rest) = role(text);
        if !rest.starts_with('=') {
            if !matches!(grantee.as_str(), "group" | "user") {
                return Err(pg_error!(
                    INVALID_TEXT_REPRESENTATION,
                    "unrecognized key word: \"{grantee}\""
                )
                .hint("ACL key word must be \"group\" or \"user\"."));
            }
            (grantee, rest) = role(rest);
            if grantee.is_empty() {
                return Err(pg_error!(INVALID_TEXT_REPRESENTATION, "missing name")
                    .hint("A name must follow the \"group\" or \"user\" key word."));
            }
        }
        let Some(modes) = rest.strip_prefix('=') else {
            return err!(INVALID_TEXT_REPRESENTATION, "missing \"=\" sign");
        };
        let end = modes.find(|c: char| !c.is_ascii_alphabetic() && c != '*');
        let (modes, rest) = modes.split_at(end.unwrap_or(modes.len()));
        let (privileges, grantable) = read_modes(modes)?;
        let (grantor, rest) = match rest.strip_prefix('/') {
            Some(text) => role(text),
            None => ("postgres".to_owned(), rest),
        };
        if grantor.is_empty() {
            return err!(INVALID_TEXT_REPRESENTATION, "a name must follow the \"/\" sign");
        }
        if !rest.trim().is_empty() {
            return err!(
                INVALID_TEXT_REPRESENTATION,
                "extra garbage at the end of the ACL specification"
            );
        }
        if let Some(names) = names {
            for role in [&grantee, &grantor].into_iter().filter(|role| !role.is_empty()) {
                let quoted = format!("\"{}\"", role.replace('"', "\"\""));
                names
                    .object_of(oid::REGROLE, &quoted)
                    .map_err(|_| pg_error!(UNDEFINED_OBJECT, "role \"{role}\" does not exist"))?;
            }
        }
        Ok(Self { grantee, grantor, privileges, grantable })
    }

    pub fn format(&self) -> String {
        let mut text = String::new();
        put_role(&self.grantee, &mut text);
        text.push('=');
        for (at, (letter, _)) in PRIVILEGES.iter().enumerate() {
            if self.privileges & 1 << at != 0 {
                text.push(*letter);
                if self.grantable & 1 << at != 0 {
                    text.push('*');
                }
            }
        }
        text.push('/');
        put_role(&self.grantor, &mut text);
        text
    }
}

/// The name of a role as items carry it: a role that is gone is its number.
pub fn role_name(names: Option<&dyn Names>, role: Oid) -> String {
    let name = names.and_then(|names| names.name_of(oid::REGROLE, role));
    match name {
        Some(name) => match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => name,
        },
        None => role.to_string(),
    }
}

fn read_modes(modes: &str) -> Result<(u16, u16)> {
    let (mut privileges, mut grantable, mut last) = (0, 0, 0);
    for letter in modes.chars() {
        match LETTERS.find(letter) {
            _ if letter == '*' => grantable |= last,
            Some(at) => {
                last = 1 << at;
                privileges |= last;
            }
            None => {
                return err!(
                    INVALID_TEXT_REPRESENTATION,
                    "invalid mode character: must be one of \"{LETTERS}\""
                );
            }
        }
    }
    Ok((privileges, grantable))
}

fn is_plain(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_'
}

/// A name, in quotes or plain, and what comes after it.
fn role(text: &str) -> (String, &str) {
    let mut characters = text.trim_start().char_indices().peekable();
    let text = text.trim_start();
    let (mut name, mut quoted) = (String::new(), false);
    let mut end = text.len();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' if quoted && characters.peek().is_some_and(|(_, next)| *next == '"') => {
                characters.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            c if quoted || is_plain(c) => name.push(c),
            _ => {
                end = at;
                break;
            }
        }
    }
    (name, text[end..].trim_start())
}

fn put_role(name: &str, out: &mut String) {
    if name.chars().all(is_plain) {
        return out.push_str(name);
    }
    out.push('"');
    out.push_str(&name.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_follow_their_bits() {
        let letters: String = PRIVILEGES.iter().map(|(letter, _)| *letter).collect();
        assert_eq!(letters, LETTERS);
        assert_eq!(bits("ar"), 3);
    }

    #[test]
    fn items_are_read_and_printed() {
        for text in ["ada=r*w/postgres", "=X/postgres", "\"a b\"\"c\"=arwdDxtm/postgres"] {
            assert_eq!(AclItem::parse(text, None).unwrap().format(), text);
        }
        assert_eq!(AclItem::parse(" group ada=r", None).unwrap().format(), "ada=r/postgres");
        let message = |text| AclItem::parse(text, None).unwrap_err().message;
        assert_eq!(
            message("ada=q/postgres"),
            "invalid mode character: must be one of \"arwdDxtXUCTcsAm\""
        );
        assert_eq!(message("ada/postgres"), "unrecognized key word: \"ada\"");
        assert_eq!(message("ada=r/"), "a name must follow the \"/\" sign");
    }
}
