//! How fast files of resources are read: `cargo run --release --example read_speed -- FILE…` prints the best of
//! several rounds, in MB/s, for all files together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustomize_yaml::{FileId, Source, read_resources};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sources = Vec::new();
    for path in std::env::args().skip(1) {
        sources.push(Arc::new(Source::from_bytes(FileId(1), path.as_str(), std::fs::read(&path)?)?));
    }
    let bytes: usize = sources.iter().map(|source| source.text().len()).sum();
    let mut best = Duration::MAX;
    let mut nodes = 0;
    for _ in 0..20 {
        let start = Instant::now();
        nodes = 0;
        for source in &sources {
            let trees = read_resources(source).map_err(|error| format!("{}: {error}", source.name))?;
            nodes += trees.iter().map(|tree| tree.node_count()).sum::<usize>();
        }
        best = best.min(start.elapsed());
    }
    let speed = bytes as f64 / 1e6 / best.as_secs_f64();
    println!("{bytes} bytes, {nodes} nodes: {speed:.0} MB/s, {:.0} ns a node", best.as_nanos() as f64 / nodes as f64);
    Ok(())
}
