use rustomize_yaml::ErrorKind;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The stable name of a kind of finding, as shown in brackets behind `error` and listed in the documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// The code as people see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)+ }
            }

            /// What the code means, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// A text is not YAML, or not the YAML that kustomize reads.
    YamlSyntax = "yaml-syntax",
    /// A mapping has the same key twice.
    DuplicateKey = "duplicate-key",
    /// A file is not UTF-8 text.
    Encoding = "encoding",
    /// A text nests deeper than can be read.
    TooDeep = "too-deep",
    /// Aliases expand to more than can be held.
    AliasBomb = "alias-bomb",
    /// A tag that does not fit the text of its scalar.
    Tag = "tag",
    /// A value that YAML has and JSON has not: `.inf`, `.nan`, a key that is not a string.
    Unprintable = "unprintable",
    /// A value of the wrong type in a kustomization.
    WrongType = "wrong-type",
    /// A field that the kustomization does not have.
    UnknownField = "unknown-field",
    /// A value of a kustomization that breaks one of its rules.
    InvalidField = "invalid-field",
    /// A file that a kustomization names does not exist.
    MissingFile = "missing-file",
    /// A file or directory cannot be read.
    Unreadable = "unreadable",
    /// A directory without a kustomization file.
    NotAKustomization = "not-a-kustomization",
    /// A directory with several kustomization files.
    SeveralKustomizations = "several-kustomizations",
    /// A kustomization that says nothing.
    EmptyKustomization = "empty-kustomization",
    /// A kustomization that is reached from itself.
    Cycle = "cycle",
    /// A path that leads out of the root.
    OutsideRoot = "outside-root",
    /// A remote file or repository that cannot be fetched.
    Fetch = "fetch",
    /// A resource without kind or name, or that is not a mapping.
    InvalidResource = "invalid-resource",
    /// Two resources with one id.
    DuplicateResource = "duplicate-resource",
    /// A generator that merges or replaces what is not there.
    GeneratorTarget = "generator-target",
    /// A literal, file or env entry of a generator that cannot be used.
    GeneratorSource = "generator-source",
    /// Helm could not be run, or failed.
    Helm = "helm",
    /// A patch that cannot be understood.
    InvalidPatch = "invalid-patch",
    /// A patch whose target is not there.
    PatchTarget = "patch-target",
    /// An operation of a JSON patch that fails.
    JsonPatch = "json-patch",
    /// A replacement whose source or target is wrong or missing.
    Replacement = "replacement",
    /// A reference that could mean several resources.
    AmbiguousReference = "ambiguous-reference",
    /// A field path or field spec that does not fit what it is applied to.
    FieldSpec = "field-spec",
    /// A var that is declared or used wrongly.
    Var = "var",
    /// A transformer, generator or validator that cannot be used.
    Plugin = "plugin",
    /// A transformer configuration or OpenAPI schema that cannot be used.
    Configuration = "configuration",
    /// Something that needs a flag which was not given.
    NotEnabled = "not-enabled",
    /// A resource or field that is asked about and is not there.
    NotThere = "not-there",
    /// A feature that this release does not have.
    Unsupported = "unsupported",
    /// A command line that cannot be understood.
    Usage = "usage",
    /// A revision that git does not know, or git itself.
    Git = "git",
    /// A copy that does not build to what its original builds to.
    Localize = "localize",
    /// A parameter of an application in Argo CD that cannot be used.
    Parameter = "parameter",
    /// A build that came to nothing where that is more likely a mistake.
    EmptyOutput = "empty-output",
    /// A strict build of a kustomization with faults.
    Strict = "strict",
    /// The output cannot be written.
    Output = "output",
    /// A deprecated field or flag.
    Deprecated = "deprecated",
}

impl Code {
    /// The code for an error of the YAML layer.
    pub fn of_yaml(kind: ErrorKind) -> Code {
        match kind {
            ErrorKind::Syntax | ErrorKind::Alias | ErrorKind::Merge => Code::YamlSyntax,
            ErrorKind::DuplicateKey => Code::DuplicateKey,
            ErrorKind::Encoding => Code::Encoding,
            ErrorKind::TooDeep => Code::TooDeep,
            ErrorKind::AliasBomb => Code::AliasBomb,
            ErrorKind::Tag => Code::Tag,
            ErrorKind::Unprintable => Code::Unprintable,
            ErrorKind::Type => Code::WrongType,
            ErrorKind::UnknownField => Code::UnknownField,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    /// The page has a section for each code, and for nothing else.
    #[test]
    fn every_code_is_documented() {
        let page = include_str!("../../docs/errors.md");
        let mut sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        sections.sort_unstable();
        codes.sort_unstable();
        assert_eq!(sections, codes);
        for code in codes {
            assert!(page.contains(&format!("[{code}](#{code})")), "{code} is not in the list at the top");
        }
    }
}
