use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    index::vector::{Cells, faiss::set_threads},
    types::halfvec::half,
};

const DIM: usize = 37;

fn vectors(count: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut element = move || half::widen(half::narrow(random.random_range(-1.0..1.0f32)));
    (0..count).map(|_| (0..DIM).map(|_| element()).collect()).collect()
}

/// The elements a cell of that kind keeps.
fn seen(kind: Kind, vector: &[f32]) -> Vec<f32> {
    let element = |x: &f32| match kind {
        Kind::Float | Kind::Half => *x,
        Kind::Bits => f32::from(u8::from(*x > 0.0)),
        Kind::Sparse if x.abs() < 0.6 => 0.0,
        Kind::Sparse => *x,
    };
    vector.iter().map(element).collect()
}

fn cell(kind: Kind, vector: &[f32]) -> Vec<u8> {
    let seen = seen(kind, vector);
    match kind {
        Kind::Float => seen.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Kind::Half => seen.iter().flat_map(|x| half::narrow(*x).to_le_bytes()).collect(),
        Kind::Bits => {
            let mut bytes = vec![0u8; DIM.div_ceil(64) * 8];
            for at in (0..DIM).filter(|at| seen[*at] > 0.0) {
                bytes[at / 8] |= 0x80 >> (at % 8);
            }
            bytes
        }
        Kind::Sparse => {
            let kept = || (0..DIM).filter(|at| seen[*at] != 0.0);
            let indices = kept().flat_map(|at| (at as u32).to_le_bytes());
            indices.chain(kept().flat_map(|at| seen[at].to_le_bytes())).collect()
        }
    }
}

fn plain(metric: Metric, a: &[f32], b: &[f32]) -> f32 {
    let sum = |f: fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| f(f64::from(*a), f64::from(*b))).sum()
    };
    let (dot, aa, bb) = (sum(|a, b| a * b), sum(|a, _| a * a), sum(|_, b| b * b));
    (match metric {
        Metric::L2 => sum(|a, b| (a - b) * (a - b)),
        Metric::InnerProduct => -dot,
        Metric::L1 | Metric::Hamming => sum(|a, b| (a - b).abs()),
        Metric::Cosine => 1.0 - dot / (aa * bb).sqrt(),
        Metric::Jaccard => 1.0 - dot / (aa + bb - dot),
    }) as f32
}

const MEASURES: &[(Kind, Metric)] = &[
    (Kind::Float, Metric::L2),
    (Kind::Float, Metric::InnerProduct),
    (Kind::Half, Metric::L2),
    (Kind::Half, Metric::InnerProduct),
    (Kind::Half, Metric::L1),
    (Kind::Half, Metric::Cosine),
    (Kind::Bits, Metric::Hamming),
    (Kind::Bits, Metric::Jaccard),
    (Kind::Sparse, Metric::L2),
    (Kind::Sparse, Metric::InnerProduct),
    (Kind::Sparse, Metric::L1),
    (Kind::Sparse, Metric::Cosine),
];

fn packed(kind: Kind, vectors: &[Vec<f32>]) -> Cells {
    let mut cells = Cells::new(kind, DIM);
    vectors.iter().for_each(|vector| cells.push(&cell(kind, vector)));
    cells
}

#[test]
fn distances_are_those_of_plain_arithmetic_in_every_measure() {
    let data = vectors(60, 1);
    for (kind, metric) in MEASURES.iter().copied() {
        let measure = Measure { kind, metric, dim: DIM };
        let cells = packed(kind, &data);
        let query = cell(kind, &data[7]);
        let expected = |at: usize| plain(metric, &seen(kind, &data[7]), &seen(kind, &data[at]));
        let mut found = Vec::new();
        measure.distances(&query, cells.view(), None, &mut found).unwrap();
        for (at, found) in found.iter().enumerate() {
            assert!((found - expected(at)).abs() < 1e-4, "{kind:?} {metric:?}: {found}");
        }
        measure.distances(&query, cells.view(), Some(&[59, 0]), &mut found).unwrap();
        assert!((found[0] - expected(59)).abs() < 1e-4 && (found[1] - expected(0)).abs() < 1e-4);
        let refused = measure.distances(&query, cells.view(), Some(&[60]), &mut found);
        assert_eq!(refused.unwrap_err().code.0, "XX000");
    }
}

#[test]
fn a_graph_finds_the_nearest_and_survives_its_file_and_growth() {
    set_threads(1);
    let folder = tempfile::tempdir().unwrap();
    let data = vectors(1500, 2);
    for (kind, metric) in MEASURES.iter().copied() {
        let measure = Measure { kind, metric, dim: DIM };
        let mut net = Net::new(measure, 16, 100).unwrap();
        net.add(packed(kind, &data[..1000]).view()).unwrap();
        let path = folder.path().join("net.faiss");
        net.write(&path).unwrap();
        let mut net = Net::read(&path, Access::Memory, measure).unwrap();
        let cells = packed(kind, &data);
        net.add(cells.view()).unwrap();
        net.write(&path).unwrap();
        let net = Net::read(&path, Access::Mapped, measure).unwrap();
        let (mut found, mut exact) = (0, Vec::new());
        for query in vectors(20, 3) {
            let query = cell(kind, &query);
            measure.distances(&query, cells.view(), None, &mut exact).unwrap();
            let hits = net.search(&query, cells.view(), 10, 150, None).unwrap();
            assert!(hits.is_sorted_by(|a, b| a.distance <= b.distance));
            assert!(hits.iter().all(|hit| hit.distance == exact[hit.id as usize]));
            let mut sorted = exact.clone();
            sorted.sort_by(f32::total_cmp);
            found += hits.iter().filter(|hit| hit.distance <= sorted[9]).count();
            let even: Vec<u64> = vec![0x5555_5555_5555_5555; 1500usize.div_ceil(64)];
            let hits = net.search(&query, cells.view(), 10, 150, Some(&even)).unwrap();
            assert!(hits.iter().all(|hit| hit.id % 2 == 0) && hits.len() == 10);
        }
        assert!(found >= 185, "recall of {kind:?} {metric:?}: {found} of 200");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let measure = Measure { kind: Kind::Half, metric: Metric::L2, dim: DIM };
    let halves = packed(Kind::Half, &vectors(3, 4));
    let bits = packed(Kind::Bits, &vectors(3, 4));
    let mut net = Net::new(measure, 16, 64).unwrap();
    assert!(net.add(bits.view()).is_err());
    net.add(halves.view()).unwrap();
    assert!(net.search(&[0; DIM * 2], bits.view(), 1, 10, None).is_err());
    assert!(net.search(&[0; 4], halves.view(), 1, 10, None).is_err());
    assert!(net.add(packed(Kind::Half, &vectors(2, 4)).view()).is_err());
    assert!(train(DIM, &[0.0; DIM], 2, false).is_err());
}

#[test]
fn centroids_lie_where_vectors_do() {
    set_threads(1);
    let mut points = Vec::new();
    for at in 0..300 {
        let x = [0.0, 10.0, 20.0][at % 3] + (at as f32) * 1e-4;
        points.extend([x, -x]);
    }
    let mut centroids = train(2, &points, 3, false).unwrap();
    let labels = assign(2, &centroids, &points).unwrap();
    assert!((0..300).all(|at| labels[at] == labels[at % 3]));
    centroids.sort_by(f32::total_cmp);
    assert!(centroids.iter().any(|x| (x - 10.0).abs() < 0.1), "{centroids:?}");
}
