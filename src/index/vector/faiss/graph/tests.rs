use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;

const DIM: usize = 24;

fn vectors(count: usize, seed: u64) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count * DIM).map(|_| random.random_range(-1.0..1.0)).collect()
}

fn graph(metric: Metric, vectors: &[f32]) -> Graph {
    set_threads(1);
    let mut graph = Graph::new(GraphOptions { dim: DIM, metric, m: 16, ef_construction: 64 })
        .expect("options are valid");
    graph.add(vectors).unwrap();
    graph
}

fn plain(metric: Metric, a: &[f32], b: &[f32]) -> f32 {
    let pairs = a.iter().zip(b);
    match metric {
        Metric::L2 => pairs.map(|(a, b)| (a - b) * (a - b)).sum(),
        Metric::InnerProduct => -pairs.map(|(a, b)| a * b).sum::<f32>(),
        _ => pairs.map(|(a, b)| (a - b).abs()).sum(),
    }
}

fn exact(metric: Metric, query: &[f32], vectors: &[f32]) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..(vectors.len() / DIM) as u32).collect();
    let at = |id: u32| plain(metric, query, &vectors[id as usize * DIM..][..DIM]);
    ids.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
    ids
}

#[test]
fn a_graph_finds_the_nearest_in_every_metric() {
    for metric in [Metric::L2, Metric::InnerProduct, Metric::L1] {
        let data = vectors(2000, 1);
        let graph = graph(metric, &data);
        let mut found = 0;
        for query in vectors(20, 2).chunks(DIM) {
            let nearest = exact(metric, query, &data);
            let hits = graph.search(query, 10, 128, None).unwrap();
            assert!(hits.is_sorted_by(|a, b| a.distance <= b.distance));
            found += hits.iter().filter(|hit| nearest[..10].contains(&hit.id)).count();
            let best = plain(metric, query, &data[hits[0].id as usize * DIM..][..DIM]);
            assert!((hits[0].distance - best).abs() < 1e-4);
        }
        assert!(found >= 190, "recall of {metric:?}: {found} of 200");
    }
}

#[test]
fn a_selection_is_obeyed_and_kernels_agree() {
    let data = vectors(500, 3);
    let graph = graph(Metric::L2, &data);
    let query = &vectors(1, 4)[..];
    let even: Vec<u64> = vec![0x5555_5555_5555_5555; 500usize.div_ceil(64)];
    let hits = graph.search(query, 20, 500, Some(&even)).unwrap();
    assert_eq!(hits.len(), 20);
    assert!(hits.iter().all(|hit| hit.id % 2 == 0));
    let ids: Vec<u32> = hits.iter().map(|hit| hit.id).collect();
    let (mut gathered, mut scanned) = (Vec::new(), Vec::new());
    graph.distances(query, &ids, &mut gathered).unwrap();
    distances(Metric::L2, query, &data, &mut scanned);
    for (hit, gathered) in hits.iter().zip(gathered) {
        assert!((hit.distance - gathered).abs() < 1e-4);
        assert!((scanned[hit.id as usize] - gathered).abs() < 1e-6);
    }
}

#[test]
fn a_graph_is_the_same_after_writing_and_reading() {
    let data = vectors(300, 5);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph");
    let written = graph(Metric::InnerProduct, &data);
    written.write(&path).unwrap();
    let query = &vectors(1, 6)[..];
    for access in [Access::Memory, Access::Mapped] {
        let mut read = Graph::read(&path, access).unwrap();
        assert_eq!((read.len(), read.dim(), read.metric()), (300, DIM, Metric::InnerProduct));
        assert_eq!(
            read.search(query, 5, 64, None).unwrap(),
            written.search(query, 5, 64, None).unwrap()
        );
        let mut copied = Vec::new();
        read.copy(7, 2, &mut copied).unwrap();
        assert_eq!(copied, data[7 * DIM..9 * DIM]);
        assert_eq!(read.add(&vectors(10, 7)).is_ok(), access == Access::Memory);
    }
}

#[test]
fn what_faiss_cannot_take_is_refused_before_it() {
    let mut graph = graph(Metric::L2, &vectors(10, 8));
    assert!(graph.add(&[f32::NAN; DIM]).is_err());
    assert!(graph.add(&[1.0; DIM + 1]).is_err());
    assert!(graph.search(&[0.0; 3], 5, 10, None).is_err());
    assert!(graph.search(&[f32::INFINITY; DIM], 5, 10, None).is_err());
    assert!(graph.search(&[0.0; DIM], 5, 10, Some(&[])).is_err());
    assert_eq!(graph.search(&[0.0; DIM], 50, 10, None).unwrap().len(), 10);
    assert!(Graph::read(Path::new("/nonexistent"), Access::Mapped).is_err());
}
