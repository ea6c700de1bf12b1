//! What runs per row and per vector: distances, tsvectors, COPY's decoders, numeric.
//!
//! `cargo bench --bench values [FILTER]`. The bench profile optimises everything, so the first run
//! builds all dependencies again.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fathom::{
    formats::{
        CopyColumn, CopyFormat, CopyOption, CopyOptions, CopyTarget, Decoder, Direction,
        OptionValue,
    },
    fulltext::{Config, document},
    types::{
        numeric::Numeric,
        vector::{self, distance},
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};

const DIMENSIONS: usize = 384;
const ROWS: usize = 1000;
const SENTENCE: &str = "The committer drains its queue, puts many clients' transactions into one \
    write transaction, appends the change log, syncs once, and only then acknowledges all of them.";

fn vectors(count: usize) -> Vec<Vec<f32>> {
    let mut random = StdRng::seed_from_u64(7);
    let mut vector = || (0..DIMENSIONS).map(|_| random.random_range(-1.0..1.0)).collect();
    (0..count).map(|_| vector()).collect()
}

fn distances(criterion: &mut Criterion) {
    let vectors = vectors(ROWS);
    let mut group = criterion.benchmark_group("distance/384");
    group.throughput(Throughput::Elements(ROWS as u64));
    let query = vectors[0].as_slice();
    let over = |kernel: &dyn Fn(&[f32]) -> f64| -> f64 {
        vectors.iter().map(|vector| kernel(black_box(vector))).sum()
    };
    group.bench_function("l2_squared", |bench| {
        bench.iter(|| over(&|vector| f64::from(distance::l2_squared(query, vector))));
    });
    group.bench_function("inner_product", |bench| {
        bench.iter(|| over(&|vector| f64::from(distance::inner_product(query, vector))));
    });
    group.bench_function("cosine", |bench| {
        bench.iter(|| over(&|vector| distance::cosine(query, vector)));
    });
    group.finish();

    let mut text = String::new();
    vector::format(query, &mut text);
    criterion.bench_function("vector/parse/384", |bench| {
        let mut stored = Vec::new();
        bench.iter(|| {
            stored.clear();
            vector::parse_into(black_box(&text), -1, &mut stored).expect("a vector")
        });
    });
    let mut wire = Vec::new();
    vector::send(query, &mut wire);
    criterion.bench_function("vector/receive/384", |bench| {
        let mut stored = Vec::new();
        bench.iter(|| {
            stored.clear();
            vector::receive_into(black_box(&wire), -1, &mut stored).expect("a vector")
        });
    });
}

fn documents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fulltext");
    group.throughput(Throughput::Bytes(SENTENCE.len() as u64));
    group.bench_function("to_tsvector", |bench| {
        bench.iter(|| document::to_tsvector(Config::ENGLISH, black_box(SENTENCE)));
    });
    group.finish();
}

/// Rows of a number, a text and a vector's text.
fn copy_rows(separator: char) -> Vec<u8> {
    let mut text = String::new();
    for (number, row) in vectors(ROWS).iter().enumerate() {
        let quote = if separator == ',' { "\"" } else { "" };
        text += &format!("{number}{separator}{quote}{SENTENCE}{quote}{separator}{quote}");
        vector::format(row, &mut text);
        text += quote;
        text.push('\n');
    }
    text.into_bytes()
}

fn copy(criterion: &mut Criterion) {
    let column = |name: &str| CopyColumn { name: name.to_owned(), has_default: false };
    let columns = vec![column("id"), column("body"), column("embedding")];
    let target = CopyTarget { table: "docs".to_owned(), columns };
    let mut group = criterion.benchmark_group("copy/decode");
    for (format, separator) in [(CopyFormat::Text, '\t'), (CopyFormat::Csv, ',')] {
        let name = if format == CopyFormat::Csv { "csv" } else { "text" };
        let input = copy_rows(separator);
        let option = CopyOption {
            name: "format".to_owned(),
            value: OptionValue::Text(name.to_owned()),
            location: -1,
        };
        let options = CopyOptions::parse(&[option], Direction::From).expect("options");
        group.throughput(Throughput::Bytes(input.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let mut decoder = Decoder::new(options.clone(), target.clone()).expect("a decoder");
                let mut rows = 0;
                for piece in input.chunks(1 << 16) {
                    decoder.push(piece).expect("room");
                    while decoder.next_row().expect("a row") {
                        rows += decoder.field_count();
                    }
                }
                decoder.finish();
                while decoder.next_row().expect("a row") {
                    rows += decoder.field_count();
                }
                assert_eq!(rows, 3 * ROWS);
            });
        });
    }
    group.finish();
}

fn numerics(criterion: &mut Criterion) {
    let price = Numeric::parse("1234567.8901").expect("a number");
    let rate = Numeric::parse("0.0725").expect("a number");
    let mut group = criterion.benchmark_group("numeric");
    group.bench_function("parse", |bench| bench.iter(|| Numeric::parse(black_box("1234567.8901"))));
    group.bench_function("add", |bench| bench.iter(|| black_box(&price).add(black_box(&rate))));
    group.bench_function("mul", |bench| bench.iter(|| black_box(&price).mul(black_box(&rate))));
    group.bench_function("div", |bench| bench.iter(|| black_box(&price).div(black_box(&rate))));
    group.finish();
}

criterion_group!(values, distances, documents, copy, numerics);
criterion_main!(values);
