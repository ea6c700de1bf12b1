use proptest::prelude::*;

use super::*;

fn n(text: &str) -> Numeric {
    Numeric::parse(text).unwrap()
}

#[test]
fn text_is_read_and_printed_as_postgres_does() {
    for (input, output) in [
        ("0x1F", "31"),
        ("0x_1F", "31"),
        ("0b101", "5"),
        ("-0o17", "-15"),
        ("1_000.000_1", "1000.0001"),
        ("1e1_0", "10000000000"),
        (" 1.50 ", "1.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-5", "0.00001"),
        ("1.5e3", "1500"),
        ("-0.0", "0.0"),
        ("nan", "NaN"),
        ("-inf", "-Infinity"),
        ("+Infinity", "Infinity"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.10"),
    ] {
        assert_eq!(n(input).to_string(), output, "{input}");
    }
    for bad in ["1__0", "1_", "_1", "1e", "1e_1", "1._5", "-nan", "", "0x", ".", "1 2", "0xg", "e5"]
    {
        let error = Numeric::parse(bad).unwrap_err();
        assert_eq!(error.message, format!("invalid input syntax for type numeric: \"{bad}\""));
    }
    for big in ["1e200000", "1e-20000", "1e99999999999"] {
        assert_eq!(Numeric::parse(big).unwrap_err().message, "value overflows numeric format");
    }
}

#[test]
fn quotients_have_the_scale_of_postgres() {
    for (a, b, quotient) in [
        ("1.0", "3", "0.33333333333333333333"),
        ("10", "3.0", "3.3333333333333333"),
        ("1e20", "3", "33333333333333333333"),
        ("0.00001", "7", "0.000001428571428571428571"),
        ("100000.0", "7", "14285.714285714286"),
        ("12345.678", "0.0001", "123456780.000000000000"),
        ("1e-10", "3e10", "0.0000000000000000000033333333333333333333"),
        ("0", "5.0", "0.00000000000000000000"),
        ("99999.0", "3", "33333.000000000000"),
    ] {
        assert_eq!(n(a).div(&n(b)).unwrap().to_string(), quotient, "{a}/{b}");
    }
    assert_eq!(n("-5.5").modulo(&n("2.1")).unwrap().to_string(), "-1.3");
    assert_eq!(n("7.5").div_trunc(&n("2")).unwrap().to_string(), "3");
    assert_eq!(n("1").div(&n("0")).unwrap_err().message, "division by zero");
    assert!(n("inf").div(&n("inf")).unwrap().is_nan());
    assert_eq!(n("5").div(&n("inf")).unwrap().to_string(), "0");
}

#[test]
fn roots_and_powers_print_as_postgres_does() {
    for (x, root) in [
        ("2", "1.414213562373095"),
        ("0.2", "0.44721359549995794"),
        ("0.00002", "0.0044721359549995794"),
        ("123456789", "11111.11106055556"),
        ("1e20", "10000000000.00000"),
        ("1e-31", "0.0000000000000003162277660168379"),
    ] {
        assert_eq!(n(x).sqrt().unwrap().to_string(), root, "sqrt {x}");
    }
    for (base, power, result) in [
        ("2.0", "0.5", "1.4142135623730950"),
        ("2.0", "10", "1024.0000000000000"),
        ("2.0", "-3", "0.1250000000000000"),
        ("1.5", "200", "165291991078820803015600259355571011.2"),
        ("10.0", "50", "100000000000000000000000000000000000000000000000000.0"),
        ("0", "0.5", "0.0000000000000000"),
        ("0.0", "0.0", "1.0000000000000000"),
        ("1.0001", "100000", "22015.456048552199"),
        ("-8.0", "3", "-512.00000000000000"),
        ("1e10", "2.5", "10000000000000000000000000.0"),
        ("2", "0.33333", "1.2599181388624912"),
        ("12.5", "-1", "0.08000000000000000"),
        ("123456789.123", "7", "437124192669433457698613218698733616978914362648093996099.780"),
    ] {
        assert_eq!(n(base).power(&n(power)).unwrap().to_string(), result, "{base}^{power}");
    }
    assert_eq!(n("0.5").power(&n("inf")).unwrap().to_string(), "0");
    assert_eq!(n("-inf").power(&n("3")).unwrap().to_string(), "-Infinity");
}

#[test]
fn logarithms_and_exponentials_print_as_postgres_does() {
    for (x, ln) in [
        ("2.0", "0.6931471805599453"),
        ("10", "2.3025850929940457"),
        ("0.5", "-0.6931471805599453"),
        ("1.0001", "0.00009999500033330834"),
        ("1e50", "115.12925464970228"),
    ] {
        assert_eq!(n(x).ln().unwrap().to_string(), ln, "ln {x}");
    }
    for (x, exp) in [
        ("1", "2.7182818284590452"),
        ("10.5", "36315.502674246638"),
        ("-20.0", "0.000000002061153622438558"),
        ("100", "26881171418161354484126255515800135873611119"),
    ] {
        assert_eq!(n(x).exp().unwrap().to_string(), exp, "exp {x}");
    }
    assert_eq!(n("100").log(&n("10")).unwrap().to_string(), "2.0000000000000000");
    assert_eq!(n("64.0").log(&n("2.0")).unwrap().to_string(), "6.0000000000000000");
    assert_eq!(n("3.5").log(&n("10")).unwrap().to_string(), "0.5440680443502756");
    assert_eq!(n("0").ln().unwrap_err().message, "cannot take logarithm of zero");
    assert_eq!(n("7000").exp().unwrap_err().message, "value overflows numeric format");
}

#[test]
fn rounding_is_half_away_from_zero() {
    assert_eq!(n("-2.5").round(0).unwrap().to_string(), "-3");
    assert_eq!(n("-2.57").trunc(1).unwrap().to_string(), "-2.5");
    assert_eq!(n("12345.67").round(-2).unwrap().to_string(), "12300");
    assert_eq!(n("1.5").round(3).unwrap().to_string(), "1.500");
    assert_eq!(n("-0.5").ceil().unwrap().to_string(), "0");
    assert_eq!(n("-0.5").floor().unwrap().to_string(), "-1");
    assert_eq!(n("55").round(-2).unwrap().to_string(), "100");
    assert_eq!(n("100.500").trim_scale().to_string(), "100.5");
}

#[test]
fn conversions_have_the_range_errors_of_postgres() {
    assert_eq!(n("3e9").to_i32().unwrap_err().message, "integer out of range");
    assert_eq!(n("inf").to_i64().unwrap_err().message, "cannot convert infinity to bigint");
    assert_eq!(n("2.5").to_i64().unwrap(), 3);
    assert_eq!(Numeric::from_f64(1e15).to_string(), "1000000000000000");
    assert_eq!(Numeric::from_f64(1e-7).to_string(), "0.0000001");
    assert_eq!(Numeric::from_f64(-100.5).to_string(), "-100.5");
    assert_eq!(Numeric::from_f32(123456789.0).to_string(), "123457000");
    assert_eq!(Numeric::from_f32(1.1).to_string(), "1.1");
    let error = n("1e400").to_f64().unwrap_err().message;
    assert!(error.ends_with("is out of range for type double precision"), "{error}");
    let error = n("1.5").apply_typmod(3, 3).unwrap_err();
    assert_eq!(
        error.fields.detail.as_deref(),
        Some("A field with precision 3, scale 3 must round to an absolute value less than 1.")
    );
    let error = n("1234").apply_typmod(2, -1).unwrap_err();
    assert!(error.fields.detail.unwrap().ends_with("less than 10^3."));
    assert_eq!(n("1.005").apply_typmod(5, 2).unwrap().to_string(), "1.01");
}

#[test]
fn special_values_keep_their_stored_and_wire_forms() {
    for (text, hex) in [("nan", "c0000000"), ("inf", "d0000020"), ("-inf", "f0000020")] {
        let (mut wire, mut stored) = (Vec::new(), Vec::new());
        n(text).send(&mut wire);
        let shown: String = wire[4..].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(shown, hex);
        assert_eq!(Numeric::receive(&wire).unwrap(), n(text));
        n(text).encode(&mut stored);
        assert_eq!(Numeric::decode(&stored).unwrap(), n(text));
    }
}

proptest! {
    #[test]
    fn stored_wire_and_text_forms_round_trip(coefficient in "-?[0-9]{1,60}", scale in 0i64..40) {
        let value = Numeric::new(coefficient.parse().unwrap(), scale).unwrap();
        let mut stored = Vec::new();
        value.encode(&mut stored);
        prop_assert_eq!(Numeric::decode(&stored).unwrap().to_string(), value.to_string());
        let mut wire = Vec::new();
        value.send(&mut wire);
        prop_assert_eq!(Numeric::receive(&wire).unwrap().to_string(), value.to_string());
        prop_assert_eq!(n(&value.to_string()).to_string(), value.to_string());
    }

    #[test]
    fn quotient_and_remainder_give_the_dividend(a in any::<i128>(), b in any::<i64>(), s in 0i64..9) {
        prop_assume!(b != 0);
        let (a, b) = (Numeric::new(a.into(), s).unwrap(), Numeric::from_i64(b));
        let whole = a.div_trunc(&b).unwrap();
        prop_assert_eq!(whole.mul(&b).unwrap().add(&a.modulo(&b).unwrap()).unwrap(), a);
    }
}
