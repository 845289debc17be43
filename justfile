# Short names for what is done often. Everything works without `just`, too.

# List the recipes
default:
    @just --list

# Build the example of the README
example env="dev":
    cargo run --release --quiet -- build overlays/{{env}}

# Run the tests
test *args:
    cargo test --workspace --locked {{args}}

# What has to hold before a commit: format, lints, tests
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo test --workspace --locked

# Compare random trees with `kubectl kustomize`
trees *args="--count 500":
    cargo build --release
    cargo xtask trees --bin target/release/rustomize {{args}}

# Build the program as one file without shared libraries, and show that it is one
static:
    .ci/static

# Measure the stages of a build
bench *args:
    cargo bench {{args}}

# Measure whole processes, beside kustomize where it is there
compare *args:
    cargo xtask bench {{args}}

# Everything that CI runs
ci:
    .ci/run
