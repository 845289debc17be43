use clap::{Args, Subcommand, ValueHint};

/// Change the kustomization in the current directory; every byte that a change is not about stays.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct EditArgs {
    /// Print what would change as a diff, and change nothing.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// What to change.
    #[command(subcommand)]
    pub command: EditCommand,
}

/// The ways to change a kustomization.
#[derive(Debug, Subcommand)]
pub enum EditCommand {
    /// Add an entry to a list, or a label or annotation.
    #[command(subcommand, arg_required_else_help = true)]
    Add(AddCommand),
    /// Set fields and entries.
    #[command(subcommand, arg_required_else_help = true)]
    Set(SetCommand),
    /// Remove entries.
    #[command(subcommand, arg_required_else_help = true)]
    Remove(RemoveCommand),
    /// Replace deprecated fields by today's, and fill in apiVersion and kind.
    Fix {
        /// Replace vars by replacements too.
        #[arg(long)]
        vars: bool,
    },
    /// List the generators and transformers with `apiVersion: builtin`.
    AlphaListBuiltinPlugin,
}

/// What can be added.
#[derive(Debug, Subcommand)]
pub enum AddCommand {
    /// Add annotations, key:value, to commonAnnotations.
    Annotation {
        /// key:value
        pairs: Vec<String>,
        /// Replace those that are there.
        #[arg(short, long)]
        force: bool,
    },
    /// Add labels, key:value, to commonLabels.
    Label(LabelArgs),
    /// Add directories to the resources.
    Base {
        /// One, or several with commas between them.
        #[arg(value_hint = ValueHint::DirPath)]
        directories: Vec<String>,
    },
    /// Add options of buildMetadata.
    Buildmetadata {
        /// One, or several with commas between them.
        options: Vec<String>,
    },
    /// Add components.
    Component {
        /// Directories, patterns of them, or URLs.
        #[arg(value_hint = ValueHint::DirPath)]
        components: Vec<String>,
    },
    /// Add a generator of a ConfigMap, or entries to one.
    Configmap(AddConfigmapArgs),
    /// Add a generator of a Secret, or entries to one.
    Secret(AddSecretArgs),
    /// Add files to the configurations.
    Configuration {
        /// Files, or patterns of them.
        #[arg(value_hint = ValueHint::FilePath)]
        files: Vec<String>,
    },
    /// Add files to the generators.
    Generator {
        /// Files, or patterns of them.
        #[arg(value_hint = ValueHint::FilePath)]
        files: Vec<String>,
    },
    /// Add files to the transformers.
    Transformer {
        /// Files, or patterns of them.
        #[arg(value_hint = ValueHint::FilePath)]
        files: Vec<String>,
    },
    /// Add a patch.
    Patch(PatchArgs),
    /// Add resources.
    Resource {
        /// Files, directories, patterns of files, or URLs.
        #[arg(value_hint = ValueHint::AnyPath)]
        resources: Vec<String>,
        /// Add them whether they are there or not.
        #[arg(long)]
        no_verify: bool,
    },
}

/// What can be set.
#[derive(Debug, Subcommand)]
pub enum SetCommand {
    /// Set annotations, key:value, in commonAnnotations.
    Annotation {
        /// key:value
        pairs: Vec<String>,
    },
    /// Set labels, key:value, in commonLabels.
    Label {
        /// key:value
        pairs: Vec<String>,
    },
    /// Replace the options of buildMetadata.
    Buildmetadata {
        /// One, or several with commas between them.
        options: Vec<String>,
    },
    /// Change literals or the namespace of a generator of a ConfigMap.
    Configmap(SetGeneratorArgs),
    /// Change literals or the namespace of a generator of a Secret.
    Secret(SetGeneratorArgs),
    /// Set new names, tags and digests of images.
    Image {
        /// image=new:tag@digest, image:tag, image@digest; `*` keeps what is there.
        images: Vec<String>,
    },
    /// Set namePrefix.
    Nameprefix {
        /// The prefix; one that begins with a dash comes after `--`.
        value: Vec<String>,
    },
    /// Set nameSuffix.
    Namesuffix {
        /// The suffix; one that begins with a dash comes after `--`.
        value: Vec<String>,
    },
    /// Set the namespace.
    Namespace {
        /// The namespace.
        value: Vec<String>,
    },
    /// Set numbers of replicas.
    Replicas {
        /// name=count
        replicas: Vec<String>,
    },
}

/// What can be removed.
#[derive(Debug, Subcommand)]
pub enum RemoveCommand {
    /// Remove annotations from commonAnnotations.
    Annotation(RemovePairsArgs),
    /// Remove labels from commonLabels.
    Label(RemovePairsArgs),
    /// Remove options of buildMetadata.
    Buildmetadata {
        /// One, or several with commas between them.
        options: Vec<String>,
    },
    /// Remove components.
    Component {
        /// Entries, or patterns of them.
        #[arg(value_hint = ValueHint::AnyPath)]
        entries: Vec<String>,
    },
    /// Remove resources.
    Resource {
        /// Entries, or patterns of them.
        #[arg(value_hint = ValueHint::AnyPath)]
        entries: Vec<String>,
    },
    /// Remove transformers.
    Transformer {
        /// Entries, or patterns of them.
        #[arg(value_hint = ValueHint::AnyPath)]
        entries: Vec<String>,
    },
    /// Remove generators of ConfigMaps.
    Configmap(RemoveGeneratorArgs),
    /// Remove generators of Secrets.
    Secret(RemoveGeneratorArgs),
    /// Remove the patch that is exactly this one.
    Patch(PatchArgs),
}

#[derive(Debug, Args)]
pub struct LabelArgs {
    /// key:value
    pub pairs: Vec<String>,
    /// Replace those that are there.
    #[arg(short, long)]
    pub force: bool,
    /// Add to `labels`, which leaves selectors alone.
    #[arg(long)]
    pub without_selector: bool,
    /// With --without-selector: label templates too.
    #[arg(long)]
    pub include_templates: bool,
}

#[derive(Debug, Args)]
pub struct AddConfigmapArgs {
    /// What generators of both kinds take.
    #[command(flatten)]
    pub generator: GeneratorArgs,
    /// What becomes of one with the same name in a base: create, merge or replace.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub behavior: String,
}

#[derive(Debug, Args)]
pub struct AddSecretArgs {
    /// What generators of both kinds take.
    #[command(flatten)]
    pub generator: GeneratorArgs,
    /// The type of the Secret.
    #[arg(long = "type", value_name = "TYPE", default_value = "Opaque")]
    pub secret_type: String,
}

#[derive(Debug, Args)]
pub struct GeneratorArgs {
    /// The name of what is generated.
    pub name: Vec<String>,
    /// A file, or key=file.
    #[arg(long, value_name = "FILE", value_delimiter = ',', value_hint = ValueHint::FilePath)]
    pub from_file: Vec<String>,
    /// key=value
    #[arg(long, value_name = "PAIR")]
    pub from_literal: Vec<String>,
    /// A file of lines key=value.
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true, value_hint = ValueHint::FilePath)]
    pub from_env_file: String,
    /// Generate a name without a hash.
    #[arg(long = "disableNameSuffixHash")]
    pub disable_name_suffix_hash: bool,
    /// The namespace of what is generated.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub namespace: String,
}

#[derive(Debug, Args)]
pub struct SetGeneratorArgs {
    /// The name of what is generated.
    pub name: Vec<String>,
    /// A key that is there, with its new value: key=value.
    #[arg(long, value_name = "PAIR")]
    pub from_literal: Vec<String>,
    /// The namespace of what is generated.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub namespace: String,
    /// Its new namespace.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub new_namespace: String,
}

#[derive(Debug, Args)]
pub struct RemoveGeneratorArgs {
    /// One name, or several with commas between them.
    pub names: Vec<String>,
    /// The namespace of what is generated.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub namespace: String,
}

#[derive(Debug, Args)]
pub struct RemovePairsArgs {
    /// One key, or several with commas between them.
    pub keys: Vec<String>,
    /// Do not fail where a key is not there.
    #[arg(short, long)]
    pub ignore_non_existence: bool,
}

#[derive(Debug, Args)]
pub struct PatchArgs {
    /// The file of the patch.
    #[arg(long, default_value = "", hide_default_value = true, value_hint = ValueHint::FilePath)]
    pub path: String,
    /// The patch itself.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub patch: String,
    /// The group of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub group: String,
    /// The version of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub version: String,
    /// The kind of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub kind: String,
    /// The name of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub name: String,
    /// The namespace of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub namespace: String,
    /// A selector of annotations of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub annotation_selector: String,
    /// A selector of labels of its targets.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub label_selector: String,
}

impl PatchArgs {
    /// The fields of the target that were given, in the order of the file.
    pub fn target(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("group", &self.group),
            ("version", &self.version),
            ("kind", &self.kind),
            ("name", &self.name),
            ("namespace", &self.namespace),
            ("annotationSelector", &self.annotation_selector),
            ("labelSelector", &self.label_selector),
        ];
        fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.as_str())).collect()
    }
}
