//! A described plan as text and as JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Described, ExplainOptions};

pub fn text(top: &Described, options: &ExplainOptions) -> Vec<String> {
    let mut lines = Vec::new();
    node(top, 0, options, &mut lines);
    lines
}

fn node(described: &Described, depth: usize, options: &ExplainOptions, lines: &mut Vec<String>) {
    // PostgreSQL indents a node by six for each level, two of them before the arrow.
    let (arrow, detail) = match depth {
        0 => (String::new(), " ".repeat(2)),
        depth => (format!("{}->  ", " ".repeat(depth * 6 - 4)), " ".repeat(depth * 6 + 2)),
    };
    lines.push(format!("{arrow}{}{}", described.title, figures(described, options)));
    for (key, value) in &described.details {
        lines.push(format!("{detail}{key}: {value}"));
    }
    if let Some(Some(measured)) = &described.measured {
        if measured.filtered > 0 {
            lines.push(format!("{detail}Rows Removed by Filter: {}", measured.filtered));
        }
        for note in &measured.notes {
            lines.push(format!("{detail}{note}"));
        }
    }
    for (label, below) in &described.below {
        if let Some(label) = label {
            lines.push(format!("{detail}{label}"));
        }
        node(below, depth + 1, options, lines);
    }
}

fn figures(described: &Described, options: &ExplainOptions) -> String {
    let mut text = String::new();
    if options.costs {
        text += &format!("  (cost=0.00..0.00 rows={} width={})", described.rows, described.width);
    }
    match &described.measured {
        None => {}
        Some(None) => text += " (never executed)",
        Some(Some(measured)) => {
            let loops = measured.loops.max(1);
            let rows = measured.rows as f64 / loops as f64;
            let time = measured.time.as_secs_f64() * 1000.0 / loops as f64;
            let time =
                if options.timing { format!("time={:.3}..{time:.3} ", 0.0) } else { String::new() };
            text += &format!(" (actual {time}rows={rows:.2} loops={loops})");
        }
    }
    text
}

pub fn json(described: &Described, options: &ExplainOptions) -> Value {
    let mut map = Map::new();
    map.insert("Node Type".into(), described.kind.clone().into());
    if options.costs {
        map.insert("Startup Cost".into(), json!(0.0));
        map.insert("Total Cost".into(), json!(0.0));
        map.insert("Plan Rows".into(), described.rows.into());
        map.insert("Plan Width".into(), described.width.into());
    }
    if let Some(measured) = &described.measured {
        let measured = measured.clone().unwrap_or_default();
        if options.timing {
            map.insert("Actual Startup Time".into(), json!(0.0));
            map.insert("Actual Total Time".into(), milliseconds(measured.time));
        }
        map.insert("Actual Rows".into(), measured.rows.into());
        map.insert("Actual Loops".into(), measured.loops.into());
        if measured.filtered > 0 {
            map.insert("Rows Removed by Filter".into(), measured.filtered.into());
        }
        for note in &measured.notes {
            if let Some((key, value)) = note.split_once(": ") {
                map.insert(key.into(), value.into());
            }
        }
    }
    for (key, value) in &described.details {
        map.insert(key.clone(), value.clone().into());
    }
    if !described.below.is_empty() {
        let plans = described.below.iter().map(|(label, below)| {
            let mut plan = json(below, options);
            if let (Some(label), Value::Object(map)) = (label, &mut plan) {
                map.insert("Subplan Name".into(), label.clone().into());
            }
            plan
        });
        map.insert("Plans".into(), plans.collect());
    }
    map.into()
}

pub fn milliseconds(time: Duration) -> Value {
    json!((time.as_secs_f64() * 1e6).round() / 1000.0)
}
