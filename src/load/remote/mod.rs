//! What is not on this machine: files over HTTP, and repositories by the program `git`.
//!
//! Which texts are taken for URLs, and what their parts mean, is upstream's; so is that a URL can be both, a file if
//! the server has one and else a repository.

mod fetcher;
mod git;
mod http;
mod proxy;
mod query;
mod repository;
mod scratch;
mod signals;
#[cfg(test)]
mod tests;

pub(super) use fetcher::Fetcher;
pub use git::OF_ANOTHER_REPOSITORY;
pub(super) use http::Refusal;
pub use repository::Repository;
pub use scratch::Scratch;
pub use signals::{clean_up_on_signals, output_of, remove_on_signals};

/// Whether upstream would fetch the file over HTTP.
pub fn is_remote_file(path: &str) -> bool {
    path.split_once(':')
        .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

/// A URL as people may see it: a user and password are blotted out, since either can be a token.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|_| is_remote_file(url)) else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => url.to_owned(),
    }
}
