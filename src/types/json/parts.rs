//! A canonical text taken apart in one pass, without a tree: containers, keys and scalars in the
//! order in which they stand.

use super::scan::skip_value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// An object or an array begins.
    Open,
    Close,
    /// A key of the object, as a literal with its quotes.
    Key(&'a str),
    /// A scalar in an array, or the whole text.
    Element(&'a str),
    /// A scalar that a key of an object has.
    Member(&'a str),
}

pub fn each<'a>(text: &'a str, visit: &mut dyn FnMut(Part<'a>)) {
    let bytes = text.as_bytes();
    // Whether each container around is an object.
    let mut objects: Vec<bool> = Vec::new();
    let mut key_is_next = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            open @ (b'{' | b'[') => {
                key_is_next = open == b'{';
                objects.push(key_is_next);
                visit(Part::Open);
            }
            b'}' | b']' => {
                objects.pop();
                key_is_next = false;
                visit(Part::Close);
            }
            b',' => key_is_next = objects.last() == Some(&true),
            b':' | b' ' => {}
            _ => {
                let end = skip_value(bytes, at);
                let part = &text[at..end];
                visit(match (key_is_next, objects.last()) {
                    (true, _) => Part::Key(part),
                    (false, Some(true)) => Part::Member(part),
                    (false, _) => Part::Element(part),
                });
                key_is_next = false;
                at = end;
                continue;
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_in_order_and_know_where_they_stand() {
        let mut parts = Vec::new();
        each(r#"{"a": [1, {"b, \"": "x"}], "c": {}, "d": null}"#, &mut |part| parts.push(part));
        use Part::*;
        let expected = [
            Open,
            Key(r#""a""#),
            Open,
            Element("1"),
            Open,
            Key(r#""b, \"""#),
            Member(r#""x""#),
            Close,
            Close,
            Key(r#""c""#),
            Open,
            Close,
            Key(r#""d""#),
            Member("null"),
            Close,
        ];
        assert_eq!(parts, expected);
        let mut whole = Vec::new();
        each(r#""{""#, &mut |part| whole.push(part));
        assert_eq!(whole, [Element(r#""{""#)]);
    }
}
