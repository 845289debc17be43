use std::ffi::OsString;
use std::path::Path;

use clap::{Args, ValueHint};

use super::compat::CompatArgs;
use super::illegal;
use crate::diagnostics::{Code, Error, Result};
use crate::{BuildOptions, FunctionOptions, HelmOptions, LoadRestrictor, Reorder};

/// The default of `--load-restrictor`.
const ROOT_ONLY: &str = "LoadRestrictionsRootOnly";

/// The default of `--helm-command`.
const HELM: &str = "helm";

/// The default of `--network-name`.
const NETWORK: &str = "bridge";

/// Build a kustomization and print the resources.
///
/// DIR holds a kustomization.yaml (or kustomization.yml, or Kustomization).
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The directory to build, or the URL of one in a git repository; the current directory if there is none.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: Option<String>,
    /// Taken so as to say that there may be only one.
    #[arg(hide = true)]
    more: Vec<String>,

    /// Write to this file; to a file for each resource if it is a directory.
    #[arg(short, long, value_name = "PATH", default_value = "", hide_default_value = true)]
    #[arg(value_hint = ValueHint::AnyPath)]
    output: OsString,
    /// Write the history of every value to this file, as JSON: see `explain`.
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true, value_hint = ValueHint::FilePath)]
    provenance: OsString,
    /// Fail for what `check` finds wrong in kustomizations: patches, images and replacements without effect, files that
    /// nothing uses, deprecated fields and so on.
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    flags: BuildFlags,
}

/// How a build is to be done: the flags of all commands that build.
#[derive(Debug, Args)]
pub struct BuildFlags {
    /// Which files a kustomization may name: LoadRestrictionsRootOnly (in or below its directory) or
    /// LoadRestrictionsNone.
    #[arg(long, value_name = "RULE", default_value = ROOT_ONLY)]
    load_restrictor: String,
    #[command(flatten)]
    compat: CompatArgs,
    /// Merge lists of custom resources by the keys that their CustomResourceDefinitions name, where the build has these;
    /// kustomize replaces such lists.
    #[arg(long)]
    merge_with_crds: bool,

    /// Allow helmCharts, which run Helm.
    #[arg(long)]
    enable_helm: bool,
    /// The Helm program.
    #[arg(long, value_name = "PROGRAM", default_value = HELM, value_hint = ValueHint::ExecutablePath)]
    helm_command: String,
    /// A Kubernetes API version that charts see; can be repeated.
    #[arg(long, value_name = "VERSION")]
    helm_api_versions: Vec<String>,
    /// The Kubernetes version that charts see.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    helm_kube_version: String,
    /// Run Helm with --debug.
    #[arg(long)]
    helm_debug: bool,

    /// Allow plugins and functions, and Helm.
    #[arg(long)]
    enable_alpha_plugins: bool,
    /// Allow functions that are programs.
    #[arg(long)]
    enable_exec: bool,
    /// Allow network access to functions that declare it.
    #[arg(long)]
    network: bool,
    /// Accepted and of no effect, as in the original: functions get the network of the host, or none.
    #[arg(long, value_name = "NAME", default_value = NETWORK)]
    network_name: String,
    /// A mount for functions; can be repeated.
    #[arg(long, value_name = "MOUNT")]
    mount: Vec<String>,
    /// An environment variable for functions; can be repeated.
    #[arg(short, long, value_name = "VARIABLE")]
    env: Vec<String>,
    /// Run functions as the current user.
    #[arg(long)]
    as_current_user: bool,

    /// Deprecated: `sortOptions` in the kustomization say this.
    #[arg(long, value_name = "ORDER", hide = true)]
    reorder: Option<String>,
    /// Deprecated: `buildMetadata` in the kustomization says this.
    #[arg(long, hide = true)]
    enable_managedby_label: bool,
}

impl BuildArgs {
    /// What `build` and a directory, without any flags, amount to.
    pub fn of_directory(directory: Option<&str>) -> BuildArgs {
        BuildArgs {
            directory: directory.map(str::to_owned),
            more: Vec::new(),
            output: OsString::new(),
            provenance: OsString::new(),
            strict: false,
            flags: BuildFlags::default(),
        }
    }

    /// The directory (or URL) to build. Fails when there are several.
    pub fn directory(&self) -> Result<&str> {
        match &self.directory {
            _ if !self.more.is_empty() => Err(Error::new(Code::Usage, "several directories given, one expected")),
            Some(one) => Ok(one),
            None => Ok("."),
        }
    }

    /// Where the output goes; `None` for stdout.
    pub fn output(&self) -> Option<&Path> {
        (!self.output.is_empty()).then(|| Path::new(&self.output))
    }

    /// Where the history of every value goes, if anywhere.
    pub fn provenance(&self) -> Option<&Path> {
        (!self.provenance.is_empty()).then(|| Path::new(&self.provenance))
    }

    /// See [`BuildFlags::deprecations`].
    pub fn deprecations(&self) -> Vec<&'static str> {
        self.flags.deprecations()
    }

    /// See [`BuildFlags::options`].
    pub fn options(&self) -> Result<BuildOptions> {
        let file_each = self.output().is_some_and(Path::is_dir);
        Ok(BuildOptions { file_each, ..self.flags.options()? })
    }
}

/// What holds without flags.
impl Default for BuildFlags {
    fn default() -> Self {
        BuildFlags {
            load_restrictor: ROOT_ONLY.to_owned(),
            compat: CompatArgs::default(),
            merge_with_crds: false,
            enable_helm: false,
            helm_command: HELM.to_owned(),
            helm_api_versions: Vec::new(),
            helm_kube_version: String::new(),
            helm_debug: false,
            enable_alpha_plugins: false,
            enable_exec: false,
            network: false,
            network_name: NETWORK.to_owned(),
            mount: Vec::new(),
            env: Vec::new(),
            as_current_user: false,
            reorder: None,
            enable_managedby_label: false,
        }
    }
}

impl BuildFlags {
    /// What to say on stderr about the flags that were given, in the words of the original.
    pub fn deprecations(&self) -> Vec<&'static str> {
        let reorder =
            "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.";
        let label = "Flag --enable-managedby-label has been deprecated, The flag `enable-managedby-label` has been \
                     deprecated. Use the `managedByLabel` option in the `buildMetadata` field instead.";
        let given = [(self.reorder.is_some(), reorder), (self.enable_managedby_label, label)];
        given.into_iter().filter_map(|(given, message)| given.then_some(message)).collect()
    }

    /// The options as the library uses them. Fails for a value that its flag does not take.
    ///
    /// `KUSTOMIZE_ENABLE_MANAGEDBY_LABEL=on` in the environment counts as the flag, and `RUSTOMIZE_COMPAT` as `--compat`.
    pub fn options(&self) -> Result<BuildOptions> {
        let load_restrictor = match self.load_restrictor.as_str() {
            ROOT_ONLY | "" => LoadRestrictor::RootOnly,
            "LoadRestrictionsNone" => LoadRestrictor::None,
            other => {
                return Err(illegal("--load-restrictor", other, &[ROOT_ONLY, "LoadRestrictionsNone"]));
            }
        };
        let reorder = match self.reorder.as_deref() {
            None => None,
            Some("legacy") => Some(Reorder::Legacy),
            Some("none") => Some(Reorder::None),
            Some(other) => return Err(illegal("--reorder", other, &["legacy", "none"])),
        };
        let label_asked_for =
            || std::env::var_os("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL").is_some_and(|value| value == "on");
        Ok(BuildOptions {
            compat: self.compat.compat()?,
            load_restrictor,
            reorder,
            file_each: false,
            merge_with_crds: self.merge_with_crds,
            managed_by_label: self.enable_managedby_label || label_asked_for(),
            enable_alpha_plugins: self.enable_alpha_plugins,
            helm: self.helm(),
            functions: self.functions(),
        })
    }

    fn helm(&self) -> HelmOptions {
        HelmOptions {
            enabled: self.enable_helm || self.enable_alpha_plugins,
            command: self.helm_command.clone(),
            api_versions: self.helm_api_versions.clone(),
            kube_version: self.helm_kube_version.clone(),
            debug: self.helm_debug,
        }
    }

    fn functions(&self) -> FunctionOptions {
        FunctionOptions {
            enable_exec: self.enable_exec,
            network: self.network,
            network_name: self.network_name.clone(),
            mounts: self.mount.clone(),
            env: self.env.clone(),
            as_current_user: self.as_current_user,
        }
    }
}
