use super::*;

fn error(bytes: &[u8], type_oid: Oid) -> (&'static str, String) {
    let error = receive(bytes, PgType::new(type_oid)).unwrap_err();
    (error.code.0, error.message)
}

#[test]
fn short_long_and_impossible_forms_are_refused() {
    assert_eq!(error(&[0, 0, 1], oid::INT4).0, "08P01");
    assert_eq!(error(&[0; 5], oid::INT4), ("22P03", "incorrect binary data format".into()));
    assert_eq!(
        error(b"a\xC3(", oid::TEXT),
        ("22021", "invalid byte sequence for encoding \"UTF8\": 0xc3 0x28".into())
    );
    assert_eq!(error(b"a\0", oid::TEXT).0, "22021");
    assert_eq!(error(&[2, b'1'], oid::JSONB).1, "unsupported jsonb version number 2");
    assert_eq!(error(&(DAY_US + 1).to_be_bytes(), oid::TIME).1, "time out of range");
    assert_eq!(error(&(i32::MAX - 1).to_be_bytes(), oid::DATE).1, "date out of range");
    assert_eq!(error(&[0; 12], Oid(1007)).0, "42804");
}

#[test]
fn a_lying_array_header_reserves_nothing() {
    let mut bytes = Vec::new();
    for word in [1, 0, 23, 100_000_000, 1] {
        bytes.extend(i32::to_be_bytes(word));
    }
    assert_eq!(error(&bytes, Oid(1007)).0, "08P01");
    bytes[12..16].copy_from_slice(&i32::MAX.to_be_bytes());
    assert_eq!(error(&bytes, Oid(1007)).0, "54000");
}
