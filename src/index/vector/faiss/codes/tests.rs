use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::index::vector::faiss::{GraphOptions, set_threads};

/// Not a multiple of a cache line, so that codes are filled up.
const DIM: usize = 40;
const COUNT: usize = 3000;

/// Vectors that lie far from zero and close together, as a rounding without their mean would not
/// tell apart.
fn vectors(count: usize, seed: u64, away: f32) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count * DIM).map(|_| away + random.random_range(-1.0f32..1.0)).collect()
}

fn graph(metric: Metric, vectors: &[f32]) -> Graph {
    set_threads(1);
    let mut graph = Graph::new(GraphOptions { dim: DIM, metric, m: 16, ef_construction: 64 })
        .expect("options are valid");
    graph.add(vectors).unwrap();
    graph
}

fn exact(graph: &Graph, query: &[f32], among: impl Iterator<Item = u32>) -> Vec<u32> {
    let ids: Vec<u32> = among.collect();
    nearest(graph, query, &ids, 10).unwrap().iter().map(|found| found.id).collect()
}

#[test]
fn a_walk_over_codes_finds_what_one_over_vectors_does() {
    for (metric, away) in [(Metric::L2, 0.0), (Metric::L2, 300.0), (Metric::InnerProduct, 0.0)] {
        let graph = graph(metric, &vectors(COUNT, 1, away));
        let codes = Codes::of(&graph);
        let (mut by_codes, mut by_vectors) = (0, 0);
        for query in vectors(30, 2, away).chunks(DIM) {
            let true_ones = exact(&graph, query, 0..COUNT as u32);
            let recall = |hits: &[Found]| {
                assert!(hits.is_sorted_by(|a, b| a.distance <= b.distance));
                hits.iter().filter(|hit| true_ones.contains(&hit.id)).count()
            };
            let found = codes.search(&graph, query, 10, 100, None).unwrap();
            assert_eq!(found.len(), 10);
            by_codes += recall(&found);
            by_vectors += recall(&graph.search(query, 10, 100, None).unwrap());
        }
        assert!(
            by_codes + 6 >= by_vectors && by_vectors > 240,
            "{metric:?} {away}: {by_codes} with codes, {by_vectors} without, of 300"
        );
    }
}

#[test]
fn distances_are_those_of_the_vectors_and_a_selection_is_obeyed() {
    let graph = graph(Metric::L2, &vectors(COUNT, 3, 5.0));
    let codes = Codes::new(Bytes::copy_from_slice(Codes::of(&graph).bytes()), DIM, COUNT).unwrap();
    let third: Vec<u64> = (0..COUNT.div_ceil(64))
        .map(|word| (0..64).filter(|bit| (word * 64 + bit) % 3 == 0).map(|bit| 1 << bit).sum())
        .collect();
    let mut found = 0;
    for query in vectors(20, 4, 5.0).chunks(DIM) {
        let true_ones = exact(&graph, query, (0..COUNT as u32).step_by(3));
        let hits = codes.search(&graph, query, 10, 300, Some(&third)).unwrap();
        assert_eq!(hits.len(), 10);
        assert!(hits.iter().all(|hit| hit.id % 3 == 0));
        let ids: Vec<u32> = hits.iter().map(|hit| hit.id).collect();
        let mut distances = Vec::new();
        graph.distances(query, &ids, &mut distances).unwrap();
        assert!(hits.iter().zip(distances).all(|(hit, distance)| hit.distance == distance));
        found += ids.iter().filter(|id| true_ones.contains(id)).count();
    }
    assert!(found >= 190, "{found} of 200");
}

#[test]
fn a_long_list_is_left_to_the_graph() {
    let graph = graph(Metric::InnerProduct, &vectors(COUNT, 5, 0.0));
    let codes = Codes::of(&graph);
    let query = &vectors(1, 6, 0.0)[..];
    let found = codes.search(&graph, query, 700, LIST_MAX + 1, None).unwrap();
    assert_eq!(found, graph.search(query, 700, LIST_MAX + 1, None).unwrap());
}

#[test]
fn bytes_are_said_by_codes_of_the_same_size_alone() {
    let graph = graph(Metric::L2, &vectors(10, 7, 0.0));
    let bytes = Codes::of(&graph).bytes;
    assert!(Codes::new(bytes.slice(1..), DIM, 10).is_err());
    let fewer = Codes::new(bytes.slice(..Codes::size(DIM, 9)), DIM, 9).unwrap();
    assert!(fewer.search(&graph, &[0.0; DIM], 3, 10, None).is_err());
    assert!(Codes::of(&graph).search(&graph, &[0.0; 2], 3, 10, None).is_err());
}

#[test]
fn vectors_that_cannot_be_scaled_do_no_harm() {
    let mut extreme = vectors(50, 8, 0.0);
    extreme[..DIM].fill(f32::MAX);
    extreme[DIM..2 * DIM].fill(f32::MIN);
    extreme[2 * DIM..3 * DIM].fill(0.0);
    extreme[3 * DIM..4 * DIM].fill(f32::MIN_POSITIVE);
    for metric in [Metric::L2, Metric::InnerProduct] {
        let graph = graph(metric, &extreme);
        for query in extreme[..5 * DIM].chunks(DIM) {
            let found = Codes::of(&graph).search(&graph, query, 10, 50, None).unwrap();
            assert!(found.len() <= 10 && found.iter().all(|hit| hit.id < 50));
        }
    }
}
