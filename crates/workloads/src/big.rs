//! Few resources with much text.

use crate::{HEAD, Workload};

const WORDS: &str = "the list of names that a controller looks at when it decides which of the objects belong to this \
    one, each of them with the fields that it needs and a default for what is left out; values that are not known to the \
    server are kept as they are, and a change of this field is taken up within the time that `syncPeriod` gives";

/// Custom resource definitions of so many megabytes in all.
pub fn crds(megabytes: usize) -> Workload {
    let about = format!("{megabytes} MB of CRDs with long descriptions, prefix and label");
    let mut workload = Workload { about, builds: vec!["overlay".into()], ..Workload::default() };
    let mut names = String::new();
    let mut size = 0;
    for number in 0.. {
        if size >= megabytes * 1_000_000 {
            break;
        }
        let text = crd(number);
        size += text.len();
        names += &format!("- crd-{number:03}.yaml\n");
        workload.file(format!("base/crd-{number:03}.yaml"), text);
    }
    workload.file("base/kustomization.yaml", format!("{HEAD}resources:\n{names}"));
    let overlay = "namePrefix: team-\nlabels:\n- pairs:\n    team: shop\nresources:\n- ../base\n";
    workload.file("overlay/kustomization.yaml", format!("{HEAD}{overlay}"));
    workload
}

/// A definition of about 100 kB.
fn crd(number: usize) -> String {
    let (singular, plural) = (format!("widget{number}"), format!("widget{number}s"));
    let mut text = format!(
        r"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.shop.example.com
  annotations:
    controller-gen.kubebuilder.io/version: v0.16.0
spec:
  group: shop.example.com
  names:
    kind: Widget{number}
    listKind: Widget{number}List
    plural: {plural}
    singular: {singular}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {{}}
    schema:
      openAPIV3Schema:
        description: {plural} are made for measuring.
        type: object
        properties:
          spec:
            type: object
            properties:
"
    );
    for group in 0..24 {
        property(&mut text, 14, &format!("group{group}"), number + group);
        text += "                type: object\n                properties:\n";
        for field in 0..8 {
            property(&mut text, 18, &format!("field{field}"), number + group * 8 + field);
            text += match field % 4 {
                0 => "                    type: string\n                    maxLength: 253\n",
                1 => {
                    "                    type: integer\n                    format: int32\n                    minimum: 0\n"
                }
                2 => {
                    "                    type: array\n                    items:\n                      type: string\n"
                }
                _ => {
                    "                    type: object\n                    additionalProperties:\n                      type: string\n"
                }
            };
        }
        text += "                required:\n                - field0\n                - field1\n";
    }
    text
}

/// A property with a description: of one line, folded, or of several paragraphs, in turn.
fn property(text: &mut String, indent: usize, name: &str, number: usize) {
    let blank = " ".repeat(indent);
    *text += &format!("{blank}{name}:\n{blank}  description: ");
    let words = |from: usize, count: usize| -> String {
        let all: Vec<&str> = WORDS.split_whitespace().collect();
        let chosen: Vec<&str> = (0..count).map(|index| all[(from + index) % all.len()]).collect();
        chosen.join(" ")
    };
    match number % 3 {
        0 => *text += &format!("{name} is {}.\n", words(number, 12).replace([':', '#', '`'], "")),
        1 => {
            *text += &format!("{name} is {}\n", words(number, 9));
            (1..7).for_each(|line| *text += &format!("{blank}    {}\n", words(number + line * 9, 11)));
        }
        _ => {
            *text += "|-\n";
            for paragraph in 0..3 {
                (0..3).for_each(|line| *text += &format!("{blank}    {}.\n", words(number + paragraph * 7 + line, 13)));
                if paragraph < 2 {
                    *text += "\n";
                }
            }
        }
    }
}

/// A ConfigMap of so many megabytes, in values of 64 kB.
pub fn config_map(megabytes: usize) -> Workload {
    let about = format!("one ConfigMap of {megabytes} MB");
    let mut workload = Workload { about, builds: vec!["overlay".into()], ..Workload::default() };
    let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: tables\ndata:\n".to_owned();
    for table in 0.. {
        if text.len() >= megabytes * 1_000_000 {
            break;
        }
        text += &format!("  table-{table}.csv: |\n");
        (0..1000)
            .for_each(|row| text += &format!("    {row},entry {row} of table {table},\"{}\",0.{row}\n", &WORDS[..30]));
    }
    workload.file("base/tables.yaml", text);
    workload.file("base/kustomization.yaml", format!("{HEAD}resources:\n- tables.yaml\n"));
    workload.file("overlay/kustomization.yaml", format!("{HEAD}namePrefix: dev-\nresources:\n- ../base\n"));
    workload
}
