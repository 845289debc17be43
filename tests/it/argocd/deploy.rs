//! The files to use rustomize in Argo CD.

use std::fs;

use crate::program::{document, repository, rustomize, text};

/// The expected files were printed by kustomize.
#[test]
fn the_components_change_the_repo_server_as_they_say() {
    for variant in ["sidecar", "replace"] {
        let output = rustomize(&repository(""), &["build", &format!("deploy/argocd/example/{variant}")]);
        let expected = fs::read_to_string(repository(&format!("testdata/argocd/deploy/{variant}.yaml"))).unwrap();
        assert_eq!((text(&output.stderr), text(&output.stdout)), ("", expected.as_str()), "{variant}");
    }
}

/// What the plugin server is told to run is what the program understands.
#[test]
fn the_commands_of_the_plugin_can_be_run() {
    let file = fs::read_to_string(repository("deploy/argocd/sidecar/plugin.yaml")).unwrap();
    let printed = rustomize(&repository(""), &["argocd", "plugin-yaml"]);
    assert_eq!(text(&printed.stdout), file);
    let plugin = document(&file);
    let words = |path: &[&str]| -> Vec<String> {
        let node = plugin.path(plugin.root(), path);
        node.into_iter().flat_map(|node| plugin.items(node)).map(|word| plugin.text(word).to_owned()).collect()
    };
    for (command, args) in [
        (&["spec", "generate", "command"][..], &["spec", "generate", "args"][..]),
        (&["spec", "discover", "find", "command"], &["spec", "discover", "find", "args"]),
        (&["spec", "parameters", "dynamic", "command"], &["spec", "parameters", "dynamic", "args"]),
    ] {
        let words = [words(command), words(args)].concat();
        assert_eq!(words[0], "rustomize");
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let output = rustomize(&repository("overlays/dev"), &arguments);
        assert!(output.status.success() && !output.stdout.is_empty(), "{words:?}: {}", text(&output.stderr));
    }
}
