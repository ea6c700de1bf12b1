//! The catalogue's values in Prometheus's text format.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use prometheus::{Encoder, TextEncoder};

use super::catalogue::metrics;

type Sampler = Box<dyn Fn() + Send + Sync>;

static SAMPLERS: LazyLock<Mutex<Vec<(u64, Sampler)>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Keeps a sampler registered; what it holds is free once this is dropped.
#[derive(Debug)]
pub struct Sampling(u64);

impl Drop for Sampling {
    fn drop(&mut self) {
        SAMPLERS.lock().retain(|(id, _)| *id != self.0);
    }
}

/// Has `sampler` set gauges before every scrape. It must not block: scrapes wait for it.
#[must_use]
pub fn on_scrape(sampler: impl Fn() + Send + Sync + 'static) -> Sampling {
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    SAMPLERS.lock().push((id, Box::new(sampler)));
    Sampling(id)
}

/// The content type and text of a scrape. Errors: a metric that cannot be encoded.
pub fn render() -> prometheus::Result<(String, Vec<u8>)> {
    for (_, sampler) in SAMPLERS.lock().iter() {
        sampler();
    }
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    encoder.encode(&metrics().registry.gather(), &mut text)?;
    // The default registry holds the operating system's view of the process.
    encoder.encode(&prometheus::gather(), &mut text)?;
    Ok((encoder.format_type().to_owned(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_holds_sampled_gauges_and_the_process() {
        let _sampling = on_scrape(|| metrics().storage_readers.set(7));
        metrics().queries.with_label_values(&["knn"]).inc();
        let (content_type, text) = render().expect("metrics encode");
        let text = String::from_utf8(text).expect("metrics are text");
        assert!(content_type.starts_with("text/plain"));
        assert!(text.contains("# HELP fathom_storage_readers Snapshots open now."));
        assert!(text.contains("fathom_storage_readers 7"));
        assert!(text.contains("fathom_queries_total{kind=\"knn\"}"));
        assert!(text.contains("process_resident_memory_bytes"));
    }
}
