//! What `rustomize diff` shows of Secrets: nothing.

use super::*;

#[test]
fn secrets_are_not_shown() {
    let place = shop();
    place.replace("shop/base/kustomization.yaml", "password=one", "password=two");
    let base64 = ["b25l", "dHdv"];
    let mut seen = Vec::new();
    for format in ["text", "unified", "json", "markdown", "github"] {
        let output = place.diff(&["dev", "--rev", "HEAD", "-f", format]);
        let shown = ended(&output, 1);
        assert!(!shown.contains("one") && !shown.contains("two"), "{shown}");
        assert!(!base64.iter().any(|value| shown.contains(value)), "{shown}");
        assert!(shown.contains("<hidden ") || shown.contains("&lt;hidden"), "{shown}");
        seen.push(shown.split("<hidden ").nth(1).unwrap_or(format)[..6].to_owned());
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "each run has a key of its own");
}

#[test]
fn nothing_that_a_secret_keeps_is_shown_wherever_it_stands() {
    let place = shop();
    let secrets = |value: &str, number: u32| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    \
             kubectl.kubernetes.io/last-applied-configuration: '{{\"data\":\"{value}\"}}'\nstringData:\n  text: {value}\n  \
             number: {number}\n  lines: |\n    line\n    {value}\ndata: {{list: [{value}]}}\n---\n\
             apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Secret, metadata: {{name: listed}}, \
             stringData: {{x: {value}}}}}\n---\n\
             {{apiVersion: v1, kind: Secret, metadata: {{name: of-{number}}}, stringData: {{x: {value}}}}}\n"
        )
    };
    for (side, value, number) in [("a", "opensesame", 777_123), ("b", "opensesamo", 777_124)] {
        place.write(&format!("shop/{side}/s.yaml"), &secrets(value, number));
        place.write(&format!("shop/k{side}/s.yaml"), &secrets(value, number));
        place.write(&format!("shop/k{side}/kustomization.yaml"), "resources: [s.yaml]\n");
    }
    for sides in [["a", "b"], ["ka", "kb"]] {
        for format in ["text", "unified", "json", "markdown", "github"] {
            for detail in [&[][..], &["--stat"], &["--summary"]] {
                let output = place.diff(&[&sides[..], &["-f", format], detail].concat());
                let shown = without_digests(ended(&output, 1)).replace("of-777", "");
                assert!(!shown.contains("opensesam") && !shown.contains("777"), "{shown}");
            }
        }
        let text = place.diff(&sides);
        assert_eq!(ended(&text, 1).matches("<hidden ").count(), 14, "{}", ended(&text, 1));
    }
}

#[test]
fn secrets_inside_of_other_objects_are_hidden_too() {
    let place = shop();
    let template = |value: &str| {
        format!(
            "apiVersion: example.com/v1\nkind: Template\nmetadata:\n  name: t\n  annotations:\n    \
             kubectl.kubernetes.io/last-applied-configuration: '{{\"kind\":\"Secret\",\"data\":\"{value}\"}}'\nobjects:\n\
             - apiVersion: v1\n  kind: Secret\n  metadata: {{name: inner}}\n  stringData: {{x: {value}}}\n\
             - manifest: {{apiVersion: v1, kind: Secret, data: {{x: {value}}}}}\n---\n\
             apiVersion: v1\nkind: secret\nmetadata: {{name: misspelt}}\nstringData: {{x: {value}}}\n"
        )
    };
    place.write("shop/a/t.yaml", &template("opensesame"));
    place.write("shop/b/t.yaml", &template("opensesamo"));
    let shown = place.diff(&["a", "b"]);
    assert!(!without_digests(ended(&shown, 1)).contains("opensesam"), "{}", text(&shown.stdout));
    assert_eq!(ended(&shown, 1).matches("<hidden ").count(), 8, "before and after of four: {}", text(&shown.stdout));
}

#[test]
fn the_error_for_a_secret_that_is_there_twice_shows_no_line_of_it() {
    let place = shop();
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {x: opensesame}}\n";
    place.write("shop/a/s.yaml", &format!("{secret}---\n{secret}"));
    let output = place.diff(&["a", "dev"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "Error: Secret s is there twice [duplicate-resource]\nnote: first at a/s.yaml:1, again at a/s.yaml:3\n"
    );
}

/// Without what stands for a value that is hidden: under a random key it can be any digits, also those of the value.
fn without_digests(shown: &str) -> String {
    let mut parts = shown.split("<hidden ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digest, rest) = part.split_once('>').unwrap_or(("", part));
        assert!(digest.len() == 12 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "a digest: {part}");
        text + "<hidden>" + rest
    })
}
