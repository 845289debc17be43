//! Argo CD: in place of `kustomize`, and as a config management plugin.

mod calls;
mod deploy;
mod plugin;
mod repo_server;
mod sequence;
