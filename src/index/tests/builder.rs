use std::time::Duration;

use tokio::sync::watch;

use super::fixture::*;
use crate::index::Builder;

#[tokio::test(flavor = "multi_thread")]
async fn the_builder_seals_what_is_waited_for_and_stops_when_told() {
    let mut fixture = Fixture::new(DIM, "vector_l2_ops", &[HNSW]);
    let (ring, published) = watch::channel(crate::base::Csn(0));
    let builder = Builder::start(fixture.indexes.clone(), published).await;
    let rows = fixture.random_rows(200);
    fixture.insert(rows);
    let csn = fixture.store.snapshot().unwrap().csn();
    ring.send_replace(csn);
    let sealed = fixture.indexes.wait_sealed(TABLE, HNSW, csn);
    tokio::time::timeout(Duration::from_secs(60), sealed).await.unwrap().unwrap();
    let statistics = fixture.indexes.statistics().unwrap();
    assert_eq!(statistics.indexes[0].sealed_rows, 200);
    assert!(statistics.indexes[0].ready && statistics.seals >= 1);
    builder.stop().await;
}

#[tokio::test]
async fn without_a_builder_who_waits_builds() {
    let mut fixture = Fixture::new(DIM, "vector_l2_ops", &[HNSW]);
    let rows = fixture.random_rows(200);
    fixture.insert(rows);
    let csn = fixture.store.snapshot().unwrap().csn();
    fixture.indexes.wait_sealed(TABLE, HNSW, csn).await.unwrap();
    assert_eq!(fixture.indexes.statistics().unwrap().indexes[0].sealed_rows, 200);
}
