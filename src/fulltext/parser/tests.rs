use super::*;

/// `text`, a tab, then `tokid token` pairs as PostgreSQL 18 gives them; JSON strings.
const CASES: &str = include_str!("../testdata/tokens.jsonl");

fn tokens(text: &str) -> Vec<(u64, &str)> {
    Parser::new(text).map(|token| (token.kind as u64, token.text)).collect()
}

#[test]
fn tokens_are_postgres() {
    for line in CASES.lines() {
        let case: (String, Vec<(u64, String)>) = serde_json::from_str(line).unwrap();
        let expected: Vec<_> = case.1.iter().map(|(id, text)| (*id, text.as_str())).collect();
        assert_eq!(tokens(&case.0), expected, "{:?}", case.0);
    }
}

#[test]
fn endless_comments_cost_one_scan() {
    let text = "<!--".repeat(100_000);
    assert!(Parser::new(&text).count() > 1);
}

#[test]
fn kinds_are_numbered_from_one() {
    let numbers: Vec<_> = TokenKind::ALL.iter().map(|kind| *kind as usize).collect();
    assert_eq!(numbers, (1..=23).collect::<Vec<_>>());
}
