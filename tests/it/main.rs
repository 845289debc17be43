//! What the program does, seen from outside: one module a feature, cases as folders that a reader can open.

#[cfg(unix)]
mod argocd;
mod cfg;
mod check;
mod check_forms;
mod check_manifests;
mod command_line;
mod compat;
mod deleted;
mod deps;
mod diff;
mod edit;
mod edit_fix;
mod errors;
mod example;
mod explain;
mod explain_causes;
mod fields;
#[cfg(unix)]
mod fn_run;
#[cfg(unix)]
mod found;
mod functions;
#[cfg(unix)]
mod guides;
mod helm;
mod help;
mod localize;
mod manners;
mod merge_with_crds;
mod openapi;
mod pages;
mod place;
mod program;
mod remote;
mod schema;
mod session;
mod threads;
mod version;
