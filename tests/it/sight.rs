//! The dashboard and the alerts ask for metrics that exist.

use std::fs;

use fathom::metrics::{CATALOGUE, Kind};

use crate::source::root;

const FILES: &[&str] = &[
    "grafana/dashboards/fathom.json",
    "grafana/prometheus/alerts.yml",
    "grafana/prometheus/alerts_test.yml",
];

fn is_known(name: &str) -> bool {
    CATALOGUE.iter().any(|row| match row.kind {
        Kind::Histogram => {
            ["_bucket", "_sum", "_count"].iter().any(|end| name == format!("{}{end}", row.name))
        }
        _ => name == row.name,
    })
}

#[test]
fn panels_and_alerts_name_metrics_of_the_catalogue() {
    for file in FILES {
        let text = fs::read_to_string(root().join(file)).expect("the file is kept");
        let mut names = 0;
        for (at, _) in text.match_indices("fathom_") {
            let name: String =
                text[at..].chars().take_while(|c| *c == '_' || c.is_ascii_alphanumeric()).collect();
            assert!(is_known(&name), "{file}: {name}");
            names += 1;
        }
        assert!(names > 10, "{file} names metrics");
    }
}

#[test]
fn the_dashboard_has_its_rows_and_no_id_twice() {
    let text = fs::read_to_string(root().join(FILES[0])).expect("the file is kept");
    let dashboard: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let rows: Vec<_> = panels
        .iter()
        .filter(|panel| panel["type"] == "row")
        .map(|panel| panel["title"].as_str().expect("a title"))
        .collect();
    assert_eq!(rows, ["Queries", "Ingest", "Index", "Storage", "Connections", "Process"]);
    let mut ids: Vec<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), panels.len());
}
