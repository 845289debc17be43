//! The stages of a build, in bytes and resources per second: `cargo bench`.
//!
//! Whole processes are measured by `cargo xtask bench`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use rustomize::stages::{Resources, Stages};
use rustomize_workloads::Workload;
use rustomize_yaml::{Dialect, Source, read_resources, resolve};

/// The resource files of a workload, on the disk.
struct Input {
    directory: tempfile::TempDir,
    names: Vec<String>,
    bytes: u64,
}

impl Input {
    /// The files of the workload that lie in `below` and are no kustomizations.
    fn new(workload: &str, below: &str) -> Input {
        let workload = Workload::named(workload).expect("a workload of that name");
        let directory = tempfile::tempdir().expect("a directory to write to");
        workload.write(directory.path()).expect("the workload can be written");
        let is_input = |path: &str| path.starts_with(below) && !path.ends_with("kustomization.yaml");
        let files: Vec<_> = workload.files.into_iter().filter(|(path, _)| is_input(path)).collect();
        let bytes = files.iter().map(|(_, text)| text.len() as u64).sum();
        Input { directory, names: files.into_iter().map(|(path, _)| path).collect(), bytes }
    }

    fn stages(&self) -> Stages {
        Stages::open(&self.directory.path().to_string_lossy()).expect("the directory is there")
    }

    fn sources(&self, stages: &Stages) -> Vec<Arc<Source>> {
        stages.read(&self.names).expect("the files are there")
    }

    fn resources(&self, stages: &Stages) -> Resources {
        stages.parse(&self.sources(stages)).expect("the files hold resources")
    }
}

fn set_throughput(group: &mut BenchmarkGroup<WallTime>, bytes: u64, resources: usize) {
    group.throughput(Throughput::ElementsAndBytes { elements: resources as u64, bytes });
}

/// Files to texts, texts to trees, trees to resources with their ids, and back to text: of manifests, of definitions, of
/// long literal texts.
fn texts(criterion: &mut Criterion) {
    for workload in ["apps-200", "crds-5", "config-map-1"] {
        let input = Input::new(workload, "base/");
        let stages = input.stages();
        let sources = input.sources(&stages);
        let resources = input.resources(&stages);
        let mut text = String::new();
        resources.emit(&mut text).expect("it can be printed");
        let mut group = criterion.benchmark_group(workload);
        set_throughput(&mut group, input.bytes, resources.count());
        // A session reads a file once, so each round has one of its own.
        group.bench_function("read", |bencher| bencher.iter(|| black_box(input.sources(&input.stages()))));
        group.bench_function("parse", |bencher| {
            bencher.iter_with_large_drop(|| sources.iter().map(read_resources).collect::<Vec<_>>());
        });
        group.bench_function("parse and identify", |bencher| bencher.iter_with_large_drop(|| stages.parse(&sources)));
        set_throughput(&mut group, text.len() as u64, resources.count());
        group.bench_function("emit", |bencher| {
            bencher.iter(|| {
                text.clear();
                resources.emit(&mut text)
            });
        });
        group.finish();
    }
}

/// What plain scalars are.
fn resolution(criterion: &mut Criterion) {
    let input = Input::new("apps-200", "base/");
    let resources = input.resources(&input.stages());
    let mut scalars = Vec::new();
    resources.plain_scalars(|text| scalars.push(text.to_owned()));
    let mut group = criterion.benchmark_group("apps-200");
    set_throughput(&mut group, scalars.iter().map(|text| text.len() as u64).sum(), resources.count());
    for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
        group.bench_function(format!("resolve {dialect:?}"), |bencher| {
            bencher.iter(|| {
                for text in &scalars {
                    black_box(resolve(black_box(text), dialect));
                }
            });
        });
    }
    group.finish();
}

/// Strategic merge patches, one for each Deployment.
fn merging(criterion: &mut Criterion) {
    let input = Input::new("patches-1000", "all/");
    let stages = input.stages();
    let of = |wanted: fn(&str) -> bool| {
        let names: Vec<String> = input.names.iter().filter(|name| wanted(name)).cloned().collect();
        stages.parse(&stages.read(&names).expect("the files are there")).expect("they hold resources")
    };
    let (targets, patches) = (of(|name| !name.contains("patches/")), of(|name| name.contains("patches/")));
    let mut group = criterion.benchmark_group("patches-1000");
    set_throughput(&mut group, input.bytes, patches.count());
    group.bench_function("merge", |bencher| {
        bencher.iter_batched(
            || targets.clone(),
            |mut targets| stages.merge(&mut targets, &patches).map(|()| targets),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// References to names that have a new prefix.
fn references(criterion: &mut Criterion) {
    let input = Input::new("apps-200", "base/");
    let stages = input.stages();
    let mut resources = input.resources(&stages);
    stages.rename(&mut resources).expect("names can have a prefix");
    let mut group = criterion.benchmark_group("apps-200");
    set_throughput(&mut group, input.bytes, resources.count());
    group.bench_function("references", |bencher| {
        bencher.iter_batched(
            || resources.clone(),
            |mut resources| stages.references(&mut resources).map(|()| resources),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(stages, texts, resolution, merging, references);
criterion_main!(stages);
