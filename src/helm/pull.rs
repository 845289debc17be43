//! Charts from repositories: pulled once, and kept where they are no part of anybody's source tree.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::program::{Helm, Task};
use crate::diagnostics::{Code, Error, Result};
use crate::kustomization::HelmChart;
use crate::load::{Scratch, without_credentials};

/// A directory that holds the directory of a chart.
pub(super) enum ChartHome {
    /// One that stays.
    Lasting(PathBuf),
    /// One that goes when this is dropped.
    Passing(Scratch),
}

impl ChartHome {
    pub fn path(&self) -> &Path {
        match self {
            ChartHome::Lasting(path) => path,
            ChartHome::Passing(scratch) => scratch.directory(),
        }
    }
}

/// Pulls a chart from its repository.
///
/// An exact version is kept in the user's cache for the next time, under a name made of repository, name and version;
/// it gets that name only when it is complete, so builds at the same time do not see each other's halves. A chart
/// without an exact version is pulled every time, since what it stands for changes, and so is any chart where the cache
/// cannot be written. Fails when Helm does.
pub(super) fn pull(chart: &HelmChart, helm: &Helm, config_home: &str) -> Result<ChartHome> {
    let lasting = cache().filter(|_| is_exact(&chart.version)).map(|cache| cache.join(cache_name(chart)));
    if let Some(home) = lasting.as_ref().filter(|home| holds(home, chart)) {
        return Ok(ChartHome::Lasting(home.clone()));
    }
    let directory = working_directory(lasting.as_deref().and_then(Path::parent)).map_err(|error| {
        Error::new(Code::Helm, format!("no directory to pull the chart {} into: {error}", *chart.name))
    })?;
    let aim = format!("pull the chart {} from {}", *chart.name, *chart.repo);
    let arguments = arguments(chart, directory.directory());
    helm.run(&Task { aim, arguments, repo: &chart.repo, config_home })?;
    if !holds(directory.directory(), chart) {
        let message = format!("Helm has pulled no chart {} from {}", *chart.name, without_credentials(&chart.repo));
        return Err(Error::new(Code::Helm, message).help("is the chart called differently in its own Chart.yaml?"));
    }
    Ok(match lasting {
        Some(home) => keep(directory, home, chart),
        None => ChartHome::Passing(directory),
    })
}

/// Gives a pulled chart its lasting name. If another build was faster, its chart is as good.
fn keep(directory: Scratch, home: PathBuf, chart: &HelmChart) -> ChartHome {
    match directory.keep_as(&home) {
        Ok(()) => ChartHome::Lasting(home),
        Err(_) if holds(&home, chart) => ChartHome::Lasting(home),
        Err(directory) => ChartHome::Passing(directory),
    }
}

/// `helm pull` as kustomize calls it.
fn arguments(chart: &HelmChart, directory: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["pull".into(), "--untar".into(), "--untardir".into(), directory.into()];
    let mut add = |argument: &str| arguments.push(argument.into());
    if chart.repo.starts_with("oci://") {
        add(&format!("{}/{}", chart.repo.strip_suffix('/').unwrap_or(&chart.repo), *chart.name));
    } else {
        add("--repo");
        add(&chart.repo);
        add(&chart.name);
    }
    if !chart.version.is_empty() {
        add("--version");
        add(&chart.version);
    }
    if chart.devel {
        add("--devel");
    }
    arguments
}

fn holds(home: &Path, chart: &HelmChart) -> bool {
    home.join(&*chart.name).is_dir()
}

/// Whether a version can mean one chart only: `1.2.3`, with what may stand before and behind it, and no range.
fn is_exact(version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    let (numbers, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_extra = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number) && rest.chars().all(is_extra)
}

/// A name that people can read, and that no other chart has.
fn cache_name(chart: &HelmChart) -> String {
    let (repo, name, version) = (&*chart.repo, &*chart.name, &*chart.version);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let plain = |text: &str| text.chars().map(|c| if is_plain(c) { c } else { '-' }).take(60).collect::<String>();
    let key = format!("{}\n{name}\n{version}", repo.strip_suffix('/').unwrap_or(repo));
    let digest = Sha256::digest(key);
    let digest: String = digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{digest}", plain(name), plain(version))
}

/// An empty directory in `cache`, or a temporary one if that cannot be made.
fn working_directory(cache: Option<&Path>) -> io::Result<Scratch> {
    let in_cache = |cache: &Path| {
        fs::create_dir_all(cache).ok()?;
        Scratch::create_in(cache, ".pull-").ok()
    };
    match cache.and_then(in_cache) {
        Some(directory) => Ok(directory),
        None => Scratch::create(),
    }
}

/// Where pulled charts are kept: below `$XDG_CACHE_HOME`, or the system's usual place for caches.
fn cache() -> Option<PathBuf> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = || {
        if cfg!(windows) {
            directory("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            Some(directory("HOME")?.join("Library/Caches"))
        } else {
            Some(directory("HOME")?.join(".cache"))
        }
    };
    Some(directory("XDG_CACHE_HOME").or_else(usual)?.join("rustomize").join("helm"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustomize_yaml::Spanned;

    fn chart(repo: &str, name: &str, version: &str) -> HelmChart {
        let text = |text: &str| Spanned::from(text.to_owned());
        HelmChart { repo: text(repo), name: text(name), version: text(version), ..HelmChart::default() }
    }

    fn shown(chart: &HelmChart) -> String {
        let arguments = arguments(chart, Path::new("/d"));
        arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn charts_are_pulled_with_the_arguments_that_kustomize_gives() {
        let mut http = chart("https://charts.example.com", "web", "1.2.3");
        assert_eq!(shown(&http), "pull --untar --untardir /d --repo https://charts.example.com web --version 1.2.3");
        http.version = Spanned::default();
        http.devel = true;
        assert_eq!(shown(&http), "pull --untar --untardir /d --repo https://charts.example.com web --devel");
        let oci = chart("oci://registry.example.com/charts/", "web", "1.2.3");
        assert_eq!(shown(&oci), "pull --untar --untardir /d oci://registry.example.com/charts/web --version 1.2.3");
    }

    #[test]
    fn only_exact_versions_are_kept() {
        for exact in ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3+build.5", "0.0.0-a-b+c"] {
            assert!(is_exact(exact), "{exact}");
        }
        for range in ["", "1", "1.2", "^1.2.3", "~1.2.3", ">=1.2.3", "1.x.x", "*", "1.2.3 - 2.0.0", "1.2.3 || 2.0.0"] {
            assert!(!is_exact(range), "{range}");
        }
    }

    #[test]
    fn names_in_the_cache_can_be_read_and_stand_for_one_chart() {
        let name = cache_name(&chart("https://charts.example.com", "web", "1.2.3"));
        assert!(name.starts_with("web-1.2.3-") && name.len() == "web-1.2.3-".len() + 20, "{name}");
        let others = [("https://other.example.com", "web", "1.2.3"), ("https://charts.example.com", "we", "b-1.2.3")];
        for (repo, chart_name, version) in others {
            assert_ne!(cache_name(&chart(repo, chart_name, version)), name);
        }
        assert!(!cache_name(&chart("", "../x/y", "1.2.3")).contains('/'));
    }
}
