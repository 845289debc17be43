//! What a build can be told, as the library uses it.

use crate::compat::Compat;

/// How a build is to be done. The default is what `kustomize build` does without flags.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// The kustomize that the build is like.
    pub compat: Compat,
    /// Which files a kustomization may name.
    pub load_restrictor: LoadRestrictor,
    /// The order of the output, for kustomizations without `sortOptions`; `None` (no flag) sorts like
    /// [`Reorder::Legacy`], without a warning when `sortOptions` are there.
    pub reorder: Option<Reorder>,
    /// The output goes to a file for each resource, see [`Output::files`](crate::Output::files): only what those files
    /// cannot hold is an error then, and [`Output::yaml`](crate::Output::yaml) is what stands in them.
    pub file_each: bool,
    /// Adds the label `app.kubernetes.io/managed-by` to all resources.
    pub managed_by_label: bool,
    /// Has the CustomResourceDefinitions of the build say how the lists of their types merge: kustomize replaces these lists.
    pub merge_with_crds: bool,
    /// Allows generators, transformers and validators that are not built in.
    pub enable_alpha_plugins: bool,
    /// Whether Helm may be run, and how.
    pub helm: HelmOptions,
    /// How functions are run.
    pub functions: FunctionOptions,
}

impl Default for BuildOptions {
    fn default() -> Self {
        BuildOptions {
            compat: Compat::default(),
            load_restrictor: LoadRestrictor::RootOnly,
            reorder: None,
            file_each: false,
            managed_by_label: false,
            merge_with_crds: false,
            enable_alpha_plugins: false,
            helm: HelmOptions::default(),
            functions: FunctionOptions::default(),
        }
    }
}

/// Which files a kustomization may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoadRestrictor {
    /// Those in or below its own directory.
    RootOnly,
    /// Any.
    None,
}

/// The order of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reorder {
    /// Namespaces first, webhooks last.
    Legacy,
    /// As accumulated.
    None,
}

/// Whether Helm may be run, and how.
#[derive(Debug, Clone)]
pub struct HelmOptions {
    /// Allows `helmCharts`; `enable_alpha_plugins` allows them too.
    pub enabled: bool,
    /// The program.
    pub command: String,
    /// API versions for charts that name none themselves.
    pub api_versions: Vec<String>,
    /// The Kubernetes version for charts that name none themselves.
    pub kube_version: String,
    /// Helm's own `--debug`.
    pub debug: bool,
}

impl Default for HelmOptions {
    fn default() -> Self {
        HelmOptions {
            enabled: false,
            command: "helm".into(),
            api_versions: Vec::new(),
            kube_version: String::new(),
            debug: false,
        }
    }
}

/// How functions are run.
#[derive(Debug, Clone)]
pub struct FunctionOptions {
    /// Allows functions that are programs.
    pub enable_exec: bool,
    /// Allows network access to functions that ask for it.
    pub network: bool,
    /// Accepted and of no effect, as upstream.
    pub network_name: String,
    /// Mounts for containers.
    pub mounts: Vec<String>,
    /// Environment for functions, as `KEY=value` or `KEY`.
    pub env: Vec<String>,
    /// Runs containers as the present user.
    pub as_current_user: bool,
}

impl Default for FunctionOptions {
    fn default() -> Self {
        FunctionOptions {
            enable_exec: false,
            network: false,
            network_name: "bridge".into(),
            mounts: Vec::new(),
            env: Vec::new(),
            as_current_user: false,
        }
    }
}
