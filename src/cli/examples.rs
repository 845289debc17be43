use clap::Command;

use super::topics::with_topics;

/// Examples for each command, by its words; the help shows them, and the tests know that each can be typed.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("", &["rustomize build overlays/prod | kubectl apply -f -"]),
    ("argocd", &["rustomize argocd generate"]),
    ("argocd discover", &["rustomize argocd discover"]),
    ("argocd generate", &["rustomize argocd generate"]),
    ("argocd parameters", &["rustomize argocd parameters"]),
    ("argocd plugin-yaml", &["rustomize argocd plugin-yaml"]),
    ("build", &["rustomize build overlays/prod", "rustomize build overlays/prod -o manifests.yaml"]),
    ("cfg", &["rustomize cfg tree manifests"]),
    ("cfg cat", &["rustomize cfg cat manifests --strip-comments"]),
    ("cfg count", &["rustomize cfg count manifests"]),
    ("cfg grep", &["rustomize cfg grep kind=Deployment manifests", "rustomize cfg grep 'spec.replicas>3' manifests"]),
    ("cfg tree", &["rustomize cfg tree manifests --image --replicas"]),
    ("check", &["rustomize check overlays/prod", "rustomize check --all . --format sarif > check.sarif"]),
    ("completion", &["rustomize completion bash > /etc/bash_completion.d/rustomize"]),
    ("create", &["rustomize create --resources ../base --namespace staging --nameprefix acme-"]),
    ("deps", &["rustomize deps overlays/prod", "rustomize deps . --changed bases/web/web.yaml"]),
    ("diff", &["rustomize diff overlays/prod --rev main", "kubectl get all -o yaml | rustomize diff - overlays/prod"]),
    ("edit", &["rustomize edit set image web=registry.example.com/web:1.2", "rustomize edit fix --dry-run"]),
    ("edit add", &["rustomize edit add resource web.yaml"]),
    ("edit add annotation", &["rustomize edit add annotation team:core --force"]),
    ("edit add base", &["rustomize edit add base ../base"]),
    ("edit add buildmetadata", &["rustomize edit add buildmetadata originAnnotations,managedByLabel"]),
    ("edit add component", &["rustomize edit add component ../components/metrics"]),
    ("edit add configmap", &["rustomize edit add configmap settings --from-literal LOG_LEVEL=debug --behavior merge"]),
    ("edit add configuration", &["rustomize edit add configuration fields.yaml"]),
    ("edit add generator", &["rustomize edit add generator generator.yaml"]),
    ("edit add label", &["rustomize edit add label team:core --without-selector --include-templates"]),
    ("edit add patch", &["rustomize edit add patch --path patch.yaml --kind Deployment --label-selector app=web"]),
    ("edit add resource", &["rustomize edit add resource web.yaml 'jobs/*.yaml'"]),
    ("edit add secret", &["rustomize edit add secret login --from-file password.txt"]),
    ("edit add transformer", &["rustomize edit add transformer transformer.yaml"]),
    ("edit alpha-list-builtin-plugin", &["rustomize edit alpha-list-builtin-plugin"]),
    ("edit fix", &["rustomize edit fix --dry-run", "rustomize edit fix --vars"]),
    ("edit remove", &["rustomize edit remove resource web.yaml"]),
    ("edit remove annotation", &["rustomize edit remove annotation team,owner"]),
    ("edit remove buildmetadata", &["rustomize edit remove buildmetadata managedByLabel"]),
    ("edit remove component", &["rustomize edit remove component ../components/metrics"]),
    ("edit remove configmap", &["rustomize edit remove configmap settings --namespace staging"]),
    ("edit remove label", &["rustomize edit remove label team --ignore-non-existence"]),
    ("edit remove patch", &["rustomize edit remove patch --path patch.yaml --kind Deployment"]),
    ("edit remove resource", &["rustomize edit remove resource 'jobs/*.yaml'"]),
    ("edit remove secret", &["rustomize edit remove secret login"]),
    ("edit remove transformer", &["rustomize edit remove transformer transformer.yaml"]),
    ("edit set", &["rustomize edit set namespace staging"]),
    ("edit set annotation", &["rustomize edit set annotation team:core"]),
    ("edit set buildmetadata", &["rustomize edit set buildmetadata originAnnotations"]),
    ("edit set configmap", &["rustomize edit set configmap settings --from-literal LOG_LEVEL=info"]),
    ("edit set image", &["rustomize edit set image web=registry.example.com/web:1.2 'db=*:17'"]),
    ("edit set label", &["rustomize edit set label team:core"]),
    ("edit set nameprefix", &["rustomize edit set nameprefix staging-"]),
    ("edit set namespace", &["rustomize edit set namespace staging"]),
    ("edit set namesuffix", &["rustomize edit set namesuffix -- -staging"]),
    ("edit set replicas", &["rustomize edit set replicas web=3 api=2"]),
    ("edit set secret", &["rustomize edit set secret login --new-namespace staging"]),
    ("explain", &["rustomize explain overlays/prod Deployment/web spec.replicas"]),
    ("fn", &["rustomize fn run manifests --enable-exec"]),
    (
        "fn run",
        &[
            "rustomize fn run manifests --image registry.example.com/set-labels:v1 -- team=core",
            "rustomize fn run manifests --enable-exec --exec-path ./add-limits.sh --dry-run",
        ],
    ),
    ("localize", &["rustomize localize 'https://github.com/example/repo//overlays/prod?ref=v1.2' local"]),
    ("man", &["rustomize man edit set image | man -l -", "rustomize man --output /usr/local/share/man/man1"]),
    ("openapi", &["rustomize openapi info"]),
    ("openapi fetch", &["rustomize openapi fetch --format yaml > schema.yaml"]),
    ("openapi info", &["rustomize openapi info"]),
    ("schema", &["rustomize schema > kustomization.schema.json"]),
    ("version", &["rustomize version", "rustomize version --output json"]),
];

/// A definition whose help has examples.
pub fn with_examples(command: Command) -> Command {
    with_topics(below(command, ""))
}

fn below(command: Command, words: &str) -> Command {
    let command = command.mut_subcommands(|inner| {
        let words = format!("{words} {}", inner.get_name());
        below(inner, words.trim_start())
    });
    match EXAMPLES.iter().find(|(known, _)| *known == words) {
        Some((_, examples)) => command.after_help(format!("Examples:\n  {}", examples.join("\n  "))),
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::{definition, parse};

    fn commands(command: &Command, words: &str, found: &mut Vec<String>) {
        found.push(words.to_owned());
        for inner in command.get_subcommands() {
            commands(inner, format!("{words} {}", inner.get_name()).trim_start(), found);
        }
    }

    #[test]
    fn every_command_has_an_example() {
        let mut all = Vec::new();
        commands(&definition(), "", &mut all);
        all.sort();
        let mut known: Vec<&str> = EXAMPLES.iter().map(|(words, _)| *words).collect();
        known.sort_unstable();
        assert_eq!(known, all);
    }

    #[test]
    fn every_example_can_be_typed() {
        for (words, example) in
            EXAMPLES.iter().flat_map(|(words, examples)| examples.iter().map(move |one| (words, one)))
        {
            let ours = example.split(" | ").find(|part| part.starts_with(&format!("rustomize {words}")));
            let typed = ours
                .unwrap_or_else(|| panic!("{example} shows {words}"))
                .split(' ')
                .take_while(|word| !["|", ">"].contains(word));
            let typed: Vec<OsString> = typed.map(|word| word.trim_matches('\'').into()).collect();
            parse(typed).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
    }
}
