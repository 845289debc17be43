use rustomize_yaml::{Spanned, Style, Tag, Tree};

use super::object::{Object, encode_base64};
use crate::context::{Context, Generator};
use crate::diagnostics::Result;
use crate::kustomization::ConfigMapArgs;
use crate::resource::Resource;

/// Makes a ConfigMap.
#[derive(Debug, Clone, Default)]
pub struct ConfigMapGenerator {
    /// What it is made of; `env` does not count, as upstream.
    pub args: Spanned<ConfigMapArgs>,
}

impl Generator for ConfigMapGenerator {
    fn generate(&self, context: &Context) -> Result<Vec<Resource>> {
        let args = &self.args;
        let object = Object {
            kind: "ConfigMap",
            entry: args.place(),
            name: &args.name,
            namespace: &args.namespace,
            behavior: &args.behavior,
            envs: &args.envs,
            literals: &args.literals,
            files: &args.files,
            options: args.options.as_ref(),
        };
        object.generate(context, |tree, pairs| {
        })
    }
}
