//! Argo CD: in place of `kustomize`, and as a config management plugin.

mod calls;
mod repo_server;
