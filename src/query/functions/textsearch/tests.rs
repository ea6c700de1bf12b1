use std::sync::{Arc, Mutex};

use super::family;
use crate::{
    base::{Notice, Oid, Result},
    query::{
        env::{Env, Services, TextStatistics},
        functions::{Body, Context},
    },
    storage::catalog::Catalog,
    types::{
        Datum, PgType,
        array::ArrayValue,
        oid,
        text_io::{self, Style},
        tsquery::TsQuery,
        tsvector::TsVector,
    },
};

/// A session that keeps notices and counts how often it is asked for statistics.
#[derive(Debug, Default)]
struct Recorder {
    notices: Mutex<Vec<String>>,
    asked: Mutex<usize>,
}

impl Services for Recorder {
    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice.message);
    }
    fn text_statistics(&self, _: Oid, lexemes: &[(String, bool)]) -> Result<TextStatistics> {
        *self.asked.lock().unwrap() += 1;
        let frequencies = vec![2; lexemes.len()];
        Ok(TextStatistics { documents: 10, mean_length: 5.0, frequencies })
    }
}

struct Session {
    recorder: Arc<Recorder>,
    env: Env,
}

impl Session {
    fn new() -> Self {
        let recorder = Arc::new(Recorder::default());
        let mut env = Env::without_session(Arc::new(Catalog::bootstrap()), Style::default());
        env.services = recorder.clone();
        Self { recorder, env }
    }

    /// Calls the function of that `pg_proc.oid`, or of that name where there is none.
    fn call(&self, name: &str, types: &[Oid], args: &[Datum]) -> Result<Datum> {
        let family = family();
        let mut functions = family.functions.iter();
        let function =
            functions.rfind(|function| function.name == name && function.args == types).unwrap();
        let arg_types: Vec<_> = types.iter().map(|oid| PgType::new(*oid)).collect();
        let context =
            Context { env: &self.env, arg_types: &arg_types, result: PgType::new(function.result) };
        match function.body {
            Body::Scalar(body) => body(&context, args),
            Body::Set(body) => {
                let rows = body(&context, args)?.into_iter();
                let rows = rows.map(|row| {
                    Datum::Record(row.into_iter().map(|value| (PgType::TEXT, value)).collect())
                });
                Ok(Datum::Array(ArrayValue::of(oid::RECORD, rows.collect()).into()))
            }
            _ => unreachable!("no other kind in this family"),
        }
    }

    fn text(&self, name: &str, types: &[Oid], args: &[Datum], result: Oid) -> String {
        let mut out = String::new();
        text_io::format(&self.call(name, types, args).unwrap(), result, &self.env.style, &mut out);
        out
    }
}

fn vector(text: &str) -> Datum {
    TsVector::parse(text).unwrap().into()
}

fn query(text: &str) -> Datum {
    TsQuery::parse(text).unwrap().into()
}

#[test]
fn every_operator_has_its_function() {
    let family = family();
    for operator in &family.operators {
        let args: Vec<_> = operator.left.into_iter().chain([operator.right]).collect();
        let found = family
            .functions
            .iter()
            .any(|function| function.name == operator.function && function.args == args);
        assert!(found, "{} {}", operator.name, operator.function);
    }
}

#[test]
fn names_with_arguments_are_unique() {
    let family = family();
    let mut names: Vec<_> =
        family.functions.iter().map(|function| (function.name, function.args)).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn configurations_come_from_the_session_or_the_argument() {
    let session = Session::new();
    let text = Datum::text("The fat cats");
    let one = session.text("to_tsvector", &[oid::TEXT], std::slice::from_ref(&text), oid::TSVECTOR);
    assert_eq!(one, "'cat':3 'fat':2");
    let args = [Datum::Oid(3748), text];
    let two = session.text("to_tsvector", &[oid::REGCONFIG, oid::TEXT], &args, oid::TSVECTOR);
    assert_eq!(two, "'cats':3 'fat':2 'the':1");
    let unknown = [Datum::Oid(1), Datum::text("x")];
    let error = session.call("to_tsvector", &[oid::REGCONFIG, oid::TEXT], &unknown).unwrap_err();
    assert_eq!(error.code.0, "42704");
}

#[test]
fn queries_of_stop_words_give_a_notice() {
    let session = Session::new();
    let args = [Datum::text("the")];
    assert_eq!(session.text("plainto_tsquery", &[oid::TEXT], &args, oid::TSQUERY), "");
    let notices = session.recorder.notices.lock().unwrap();
    let expected = "text-search query contains only stop words or doesn't contain lexemes, ignored";
    assert_eq!(*notices, [expected]);
}

#[test]
fn json_gives_its_strings_with_gaps() {
    // From PostgreSQL 18.
    let session = Session::new();
    let json = Datum::Jsonb(r#"{"a": "fat cats", "b": ["rats", 1, true, {"c": "sat"}]}"#.into());
    let vector =
        session.text("to_tsvector", &[oid::JSONB], std::slice::from_ref(&json), oid::TSVECTOR);
    assert_eq!(vector, "'cat':2 'fat':1 'rat':4 'sat':6");
    let args = [json.clone(), Datum::Jsonb(r#"["key", "numeric", "boolean"]"#.into())];
    let types = [oid::JSONB, oid::JSONB];
    let vector = session.text("jsonb_to_tsvector", &types, &args, oid::TSVECTOR);
    assert_eq!(vector, "'1':4 'b':2 'c':8 'true':6");
    let args = [json, Datum::Jsonb("\"foo\"".into())];
    let error = session.call("jsonb_to_tsvector", &types, &args).unwrap_err();
    assert_eq!(error.message, "wrong flag in flag array: \"foo\"");
}

#[test]
fn scores_need_an_index_and_ask_for_its_statistics_once() {
    let session = Session::new();
    let types = [oid::TSVECTOR, oid::TSQUERY, oid::OID];
    let error = session.call("bm25_score", &types[..2], &[vector("a"), query("a")]).unwrap_err();
    assert_eq!(error.code.0, "55000");
    let args = |index| [vector("cat:1,3 dog:2 eel:4"), query("cat & !dog"), Datum::Oid(index)];
    assert_eq!(session.call("bm25_score", &types, &args(0)).unwrap_err().code.0, "55000");
    for _ in 0..3 {
        let Datum::Float8(score) = session.call("bm25_score", &types, &args(20_000)).unwrap()
        else {
            panic!("float8 expected");
        };
        let expected = (1.0f64 + 8.5 / 2.5).ln() * (2.0 * 2.2 / (2.0 + 1.2 * 0.85));
        assert!((score - expected).abs() < 1e-12);
    }
    assert_eq!(*session.recorder.asked.lock().unwrap(), 1);
}

#[test]
fn ranks_take_weights_and_normalisation() {
    let session = Session::new();
    let weights = |values: &[f32]| {
        let values = values.iter().map(|value| Datum::Float4(*value)).collect();
        Datum::Array(ArrayValue::of(oid::FLOAT4, values).into())
    };
    let float4_array = oid::array_of(oid::FLOAT4).unwrap();
    let types = [float4_array, oid::TSVECTOR, oid::TSQUERY, oid::INT4];
    let args =
        [weights(&[0.1, 0.2, 0.4, 1.0]), vector("a:1A b:3"), query("a & b"), Datum::Int4(32)];
    // From PostgreSQL 18.
    assert_eq!(session.text("ts_rank_cd", &types, &args, oid::FLOAT4), "0.083333336");
    let args = [weights(&[0.1]), vector("a"), query("a"), Datum::Int4(0)];
    let error = session.call("ts_rank", &types, &args).unwrap_err();
    assert_eq!((error.code.0, error.message.as_str()), ("2202E", "array of weight is too short"));
}

#[test]
fn tokens_are_shown_with_their_dictionaries() {
    let session = Session::new();
    let Datum::Array(rows) =
        session.call("ts_debug", &[oid::TEXT], &[Datum::text("the cats")]).unwrap()
    else {
        panic!("rows expected");
    };
    assert_eq!(rows.elements.len(), 3);
    let Datum::Record(last) = &rows.elements[2] else { panic!("a row expected") };
    assert_eq!(last[0].1, Datum::text("asciiword"));
    assert_eq!(last[4].1, Datum::Oid(12375));
    let Datum::Array(lexemes) = &last[5].1 else { panic!("an array expected") };
    assert_eq!(lexemes.elements, [Datum::text("cat")]);
}
