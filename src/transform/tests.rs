//! Each folder of `testdata/transformers` holds the configuration of a transformer, resources, and what kustomize makes
//! of them; where there is no `expected.yaml`, it fails.

use std::path::Path;

use super::builtin::{Builtin, configure};
use crate::diagnostics::Result;
use crate::generate::test_support::{resources, with_files};
use crate::output::{Notes, render};
use crate::resource::ResourceSet;

fn transformed(configuration: &str, input: &str) -> Result<String> {
    with_files(&[], |context| {
        let mut set: ResourceSet = resources(input, context).into_iter().collect();
        match configure(&resources(configuration, context)[0], context)? {
            Builtin::Transformer(transformer) => transformer.transform(&mut set, context)?,
            Builtin::Generator(_) => unreachable!("the folder is for transformers"),
        }
        Ok(render(set, &Notes::default(), context.sources)?.yaml().to_owned())
    })
}

#[test]
fn transformers_do_what_those_of_kustomize_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/transformers");
    let mut failures = Vec::new();
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(case.join(name));
        let got = transformed(&read("transformer.yaml").unwrap(), &read("resources.yaml").unwrap());
        match (read("expected.yaml"), got) {
            (Ok(expected), Ok(got)) if expected == got => {}
            (Err(_), Err(_)) => {}
            (expected, got) => failures.push(format!("{}\n{expected:?}\n{got:?}", case.display())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
