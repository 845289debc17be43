//! What goes in and what comes out: every case of `scalars.txt` under `spec` of a resource.
//!
//! Lines that begin with `<` are the input, with `>` the output, with `!` what upstream says when it fails. The expected
//! lines come from `kubectl kustomize`.

use std::sync::Arc;

use rustomize_yaml::{FileId, Source, emit, read_resources};

#[test]
fn scalars_come_out_as_kustomize_prints_them() {
    let mut wrong = String::new();
    for case in include_str!("scalars.txt").split("\n\n") {
        let lines = |mark: char| -> String {
            let lines = case.lines().filter_map(|line| line.strip_prefix(mark));
            lines
                .map(|line| format!("{}\n", line.strip_prefix(' ').map_or(String::new(), |line| format!("  {line}"))))
                .collect()
        };
        let (input, expected) = (format!("spec:\n{}", lines('<')), format!("spec:\n{}", lines('>')));
        match printed(&input) {
            Ok(output) if output == expected => {}
            Err(_) if !lines('!').is_empty() => {}
            result => wrong += &format!("{case}\ngot {result:?}\n\n"),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn printed(text: &str) -> rustomize_yaml::Result<String> {
    let source = Arc::new(Source::new(FileId(1), "a.yaml", text));
    let tree = &read_resources(&source)?[0];
    let mut out = String::new();
    emit(tree, tree.root(), &mut out)?;
    Ok(out)
}
