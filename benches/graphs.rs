//! Walks of an HNSW graph: over the vectors, as FAISS goes, and over their codes.
//!
//! `cargo bench --bench graphs [FILTER]`. See `values.rs` on the first run.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fathom::index::vector::faiss::{Codes, Found, Graph, GraphOptions, Metric, set_threads};
use rand::{Rng, SeedableRng, rngs::StdRng};

const DIM: usize = 384;
const COUNT: usize = 10_000;
const QUESTIONS: usize = 100;
const CENTRES: usize = 500;

/// Unit vectors around random centres: what embeddings are like, and uniform ones are not.
fn vectors(count: usize, random: &mut StdRng, centres: &[f32]) -> Vec<f32> {
    let mut all = Vec::with_capacity(count * DIM);
    for _ in 0..count {
        let centre = &centres[random.random_range(0..CENTRES) * DIM..][..DIM];
        let vector: Vec<f32> = centre.iter().map(|x| x + random.random_range(-0.8..0.8)).collect();
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        all.extend(vector.iter().map(|x| x / norm));
    }
    all
}

fn walks(criterion: &mut Criterion) {
    let mut random = StdRng::seed_from_u64(7);
    let centres: Vec<f32> = (0..CENTRES * DIM).map(|_| random.random_range(-1.0..1.0)).collect();
    let (m, ef_construction) = (16, 64);
    set_threads(1);
    let options = GraphOptions { dim: DIM, metric: Metric::InnerProduct, m, ef_construction };
    let mut graph = Graph::new(options).expect("options");
    graph.add(&vectors(COUNT, &mut random, &centres)).expect("vectors");
    let codes = Codes::of(&graph);
    let questions = vectors(QUESTIONS, &mut random, &centres);

    let mut group = criterion.benchmark_group("walk/10000x384");
    group.throughput(Throughput::Elements(QUESTIONS as u64));
    let ask = |search: &dyn Fn(&[f32]) -> Vec<Found>| -> usize {
        questions.chunks(DIM).map(|question| search(black_box(question)).len()).sum()
    };
    for (k, ef) in [(10, 16), (10, 40), (100, 100)] {
        group.bench_function(format!("vectors/{k}/{ef}"), |bench| {
            bench.iter(|| ask(&|question| graph.search(question, k, ef, None).expect("hits")));
        });
        group.bench_function(format!("codes/{k}/{ef}"), |bench| {
            bench.iter(|| {
                ask(&|question| codes.search(&graph, question, k, ef, None).expect("hits"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, walks);
criterion_main!(benches);
