use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustomize_yaml::{FileId, Source, Spanned, Tree};
use serde::Deserialize;

use super::process::Command;
use super::under;
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Span};
use crate::options::FunctionOptions;
use crate::resource::Resource;

/// The annotations that say how to run a function, the newer first, and the oldest, which is an image.
const KEYS: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];
const CONTAINER: &str = "config.kubernetes.io/container";

/// What the function annotation of a configuration says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FunctionSpec {
    /// Whether a failure is told only when all functions have run. Builds never put it off.
    pub defer_failure: bool,
    container: ContainerSpec,
    exec: ExecSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct ContainerSpec {
    image: String,
    network: bool,
    mounts: Vec<Mount>,
    envs: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct ExecSpec {
    path: String,
    args: Vec<String>,
    envs: Vec<String>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Mount {
    r#type: String,
    src: String,
    dst: String,
    rw: bool,
}

/// What a function runs.
pub(crate) enum Runs<'a> {
    /// An image, and what is mounted into its container.
    Image(&'a str, Vec<&'a str>),
    /// An executable: with a slash in it a path, else a name.
    Executable(&'a str),
    /// Nothing: neither is named.
    Nothing,
}

impl FunctionSpec {
    /// The function that a resource declares by annotation (or by `metadata.configFn`); `None` when it declares none.
    pub fn of(resource: &Resource, context: &Context) -> Result<Option<FunctionSpec>> {
        for key in KEYS {
            if let Some(text) = resource.annotation(key).filter(|text| !text.is_empty()) {
                return FunctionSpec::parse(resource, key, text, context).map(Some);
            }
        }
        FunctionSpec::written_otherwise(resource.tree(), resource.annotation(CONTAINER).unwrap_or_default())
    }

    /// The function of `metadata.configFn`, or of the annotation that is but an image.
    fn written_otherwise(tree: &Tree, image: &str) -> Result<Option<FunctionSpec>> {
        if let Some(inline) = tree.path(tree.root(), &["metadata", "configFn"]).filter(|&id| !tree.is_null(id)) {
            let spec = rustomize_yaml::from_node(tree, inline);
            return spec.map(Some).map_err(|error| Error::from_yaml(error, tree.source()));
        }
        let container = ContainerSpec { image: image.to_owned(), ..ContainerSpec::default() };
        Ok((!image.is_empty()).then(|| FunctionSpec { container, ..FunctionSpec::default() }))
    }

    fn parse(resource: &Resource, key: &str, text: &str, context: &Context) -> Result<FunctionSpec> {
        let tree = resource.tree();
        let node = tree.path(tree.root(), &["metadata", "annotations", key]).unwrap_or(tree.root());
        let node = tree.node(node);
        let inline = Spanned { value: text.to_owned(), file: node.file, at: node.at, len: 0 };
        FunctionSpec::read(&context.sources.add_inline(&inline))
    }

    fn read(source: &Arc<Source>) -> Result<FunctionSpec> {
        let place = |error| Error::from_yaml(error, source);
        let Some(tree) = rustomize_yaml::read_document_strictly(source).map_err(place)? else {
            return Ok(FunctionSpec::default());
        };
        rustomize_yaml::from_node(&tree, tree.root()).map_err(place)
    }

    /// The command that runs the function. `None` where upstream runs nothing and says nothing: an executable
    /// without `--enable-exec`.
    pub(super) fn command(
        &self,
        resource: &Resource,
        options: &FunctionOptions,
        root: &Path,
        place: Option<&Span>,
    ) -> Result<Option<Command>> {
        for mount in &self.container.mounts {
            let leaves = Path::new(&mount.src).is_absolute() || leaves_root(&mount.src);
            if leaves {
                let message = format!("the function {} may not mount `{}`", resource.kind(), mount.src);
                let error = Error::new(Code::OutsideRoot, message).label_if(place.cloned(), "configured here");
                return Err(error.help("mounts are relative to the kustomization and lie below it"));
            }
        }
        self.program(options, root, resource.kind(), place)
    }

    /// The command of a function that people know as `shown`, run in a directory.
    fn program(
        &self,
        options: &FunctionOptions,
        directory: &Path,
        shown: &str,
        place: Option<&Span>,
    ) -> Result<Option<Command>> {
        let refuse = |code: Code, message: String, help: &str| {
            Err(Error::new(code, message).label_if(place.cloned(), "configured here").help(help))
        };
        if self.container.network && !options.network {
            let message = format!("the function {shown} needs the network");
            return refuse(Code::NotEnabled, message, "allow it with `--network`");
        }
        if self.is_container() {
            return self.container_command(options, directory).map(Some);
        }
        if self.exec.path.is_empty() || !options.enable_exec {
            return Ok(None);
        }
        if directory == Path::new("/") {
            let message = format!("the function {shown} may not run in the directory /");
            return refuse(Code::Plugin, message, "work in a directory of its own");
        }
        Ok(Some(self.exec_command(options, directory)))
    }

    /// The function that a manifest of a folder declares, as [`FunctionSpec::of`] finds it. `shown` names the manifest
    /// in errors.
    pub fn of_manifest(tree: &Tree, shown: &str) -> Result<Option<FunctionSpec>> {
        let text = |key| tree.path(tree.root(), &["metadata", "annotations", key]).map_or("", |node| tree.text(node));
        for key in KEYS {
            if !text(key).is_empty() {
                let name = format!("{shown}: metadata.annotations[{key}]");
                let source = Arc::new(Source::new(FileId::default(), name, text(key)));
                return FunctionSpec::read(&source).map(Some);
            }
        }
        FunctionSpec::written_otherwise(tree, text(CONTAINER))
    }

    /// The command that runs the function of a folder, and how people call that; `None` for an executable without
    /// `--enable-exec`. Unlike in a build, any directory may be mounted: whoever asks names the folder, too.
    pub(super) fn folder_command(
        &self,
        options: &FunctionOptions,
        directory: &Path,
        shown: &str,
    ) -> Result<Option<(Command, String)>> {
        let called = if self.is_container() { &self.container.image } else { &self.exec.path };
        let command = self.program(options, directory, shown, None)?;
        Ok(command.map(|command| (command, called.clone())))
    }

    /// What the function runs.
    pub fn runs(&self) -> Runs<'_> {
        let ContainerSpec { image, mounts, .. } = &self.container;
        match (image.as_str(), self.exec.path.as_str()) {
            ("", "") => Runs::Nothing,
            ("", path) => Runs::Executable(path),
            (image, _) => Runs::Image(image, mounts.iter().map(|mount| mount.src.as_str()).collect()),
        }
    }

    /// Whether the function is an image.
    pub fn is_container(&self) -> bool {
        !self.container.image.is_empty()
    }

    fn exec_command(&self, options: &FunctionOptions, root: &Path) -> Command {
        // As upstream, only entries with exactly one `=` count.
        let pairs = self.exec.envs.iter().chain(&options.env).filter(|entry| entry.matches('=').count() == 1);
        let environment: BTreeMap<&str, &str> = pairs.filter_map(|entry| entry.split_once('=')).collect();
        let path = &self.exec.path;
        // A bare name is looked up on PATH; anything with a slash is relative to the kustomization.
        let program = if path.contains('/') { under(root, path) } else { PathBuf::from(path) };
        Command {
            program,
            arguments: self.exec.args.iter().map(OsString::from).collect(),
            environment: environment.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            directory: root.to_owned(),
        }
    }

    fn container_command(&self, options: &FunctionOptions, root: &Path) -> Result<Command> {
        let mut arguments: Vec<String> =
            ["run", "--rm", "-i", "-a", "STDIN", "-a", "STDOUT", "-a", "STDERR", "--network"].map(String::from).into();
        arguments.push(if self.container.network { "host" } else { "none" }.into());
        arguments.extend(["--user".into(), user(options.as_current_user), "--security-opt=no-new-privileges".into()]);
        let from_flags = options.mounts.iter().map(|mount| Mount::from_flag(mount));
        for mount in self.container.mounts.iter().cloned().chain(from_flags) {
            arguments.extend(["--mount".into(), mount.flag(root)]);
        }
        for entry in container_environment(&self.container.envs, &options.env) {
            arguments.extend(["-e".into(), entry]);
        }
        arguments.push(self.container.image.clone());
        Ok(Command {
            program: container_engine(),
            arguments: arguments.into_iter().map(OsString::from).collect(),
            environment: Vec::new(),
            directory: root.to_owned(),
        })
    }
}

/// Variables with a value, sorted by name, then those that are handed through from our own environment. What the
/// command line says wins.
fn container_environment(declared: &[String], given: &[String]) -> Vec<String> {
    let mut values = BTreeMap::from([("LOG_TO_STDERR", "true"), ("STRUCTURED_RESULTS", "true")]);
    let mut exported: Vec<&str> = Vec::new();
    for entry in declared.iter().chain(given) {
        match entry.split_once('=') {
            Some((key, value)) => {
                values.insert(key, value);
            }
            None if !exported.contains(&entry.as_str()) => exported.push(entry),
            None => {}
        }
    }
    let values = values.into_iter().map(|(key, value)| format!("{key}={value}"));
    values.chain(exported.into_iter().map(str::to_owned)).collect()
}

impl Mount {
    /// A mount as `--mount` gives it: `type=bind,src=…,dst=…,rw=true`.
    fn from_flag(text: &str) -> Mount {
        let mut mount = Mount::default();
        for (key, value) in text.split(',').filter_map(|option| option.split_once('=')) {
            match key {
                "type" => mount.r#type = value.to_owned(),
                "src" | "source" => mount.src = value.to_owned(),
                "dst" | "target" => mount.dst = value.to_owned(),
                "rw" => mount.rw = value == "true",
                _ => {}
            }
        }
        mount
    }

    fn flag(&self, root: &Path) -> String {
        let read_only = if self.rw { "" } else { ",readonly" };
        let source = under(root, &self.src);
        format!("type={},source={},target={}{read_only}", self.r#type, source.display(), self.dst)
    }
}

/// Whether a relative path leads out of where it starts.
fn leaves_root(path: &str) -> bool {
    let mut depth = 0i32;
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            _ => {}
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

/// `docker`, or `podman` where that alone is installed.
fn container_engine() -> PathBuf {
    let on_path = |name: &str| {
        std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
    };
    PathBuf::from(if !on_path("docker") && on_path("podman") { "podman" } else { "docker" })
}

/// Who a container runs as.
#[cfg(unix)]
fn user(as_current_user: bool) -> String {
    use std::os::unix::fs::MetadataExt;
    // A file that we make belongs to us: the portable way to our ids without unsafe code.
    let owner =
        as_current_user.then(tempfile::tempfile).and_then(std::io::Result::ok).and_then(|file| file.metadata().ok());
    owner.map_or_else(|| "nobody".into(), |owner: fs::Metadata| format!("{}:{}", owner.uid(), owner.gid()))
}

#[cfg(not(unix))]
fn user(_as_current_user: bool) -> String {
    "nobody".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_declared_variables() {
        let environment = container_environment(&["A=1".into(), "B".into()], &["A=2".into(), "B".into()]);
        assert_eq!(environment, ["A=2", "LOG_TO_STDERR=true", "STRUCTURED_RESULTS=true", "B"]);
    }

    #[test]
    fn mounts_are_read_only_unless_they_say_otherwise() {
        let root = Path::new("/k");
        let flag = |text| Mount::from_flag(text).flag(root);
        assert_eq!(flag("type=bind,src=data,dst=/d"), "type=bind,source=/k/data,target=/d,readonly");
        assert_eq!(flag("type=bind,source=/x,target=/d,rw=true"), "type=bind,source=/x,target=/d");
    }

    #[test]
    fn a_mount_may_not_climb_out() {
        assert!(leaves_root("../x") && leaves_root("a/../../x"));
        assert!(!leaves_root("a/../b"));
    }
}
