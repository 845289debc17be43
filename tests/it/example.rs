//! The worked example of the README.

use std::fs;

use crate::program::{repository, rustomize, text};

#[test]
fn the_example_builds_as_kustomize_builds_it() {
    for environment in ["dev", "stage", "prod"] {
        let output = rustomize(&repository(""), &["build", &format!("overlays/{environment}")]);
        assert_eq!(text(&output.stderr), "", "{environment}");
        let expected = fs::read_to_string(repository(&format!("testdata/example/{environment}.yaml"))).unwrap();
        assert_eq!(text(&output.stdout), expected, "{environment}");
    }
}
