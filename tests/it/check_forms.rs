//! The forms in which `rustomize check` prints findings for programs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::program::{directory, piped, repository, rustomize, skipped, text};

/// What `check --format FORM` prints of each case of a rule, wrong and valid.
fn reports(form: &str) -> Vec<String> {
    let cases = fs::read_dir(repository("testdata/check")).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = cases.collect();
    cases.sort();
    let report = |case: &PathBuf, part: &str| {
        let output = rustomize(case, &["check", part, "--format", form]);
        let status = if part == "wrong" { 1 } else { 0 };
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(status), ""), "{}", case.display());
        text(&output.stdout).to_owned()
    };
    cases.iter().flat_map(|case| ["wrong", "valid"].map(|part| report(case, part))).collect()
}

/// Holds reports against a JSON Schema.
fn validate(form: &str, schema: &str) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in reports(form) {
        let value: Value = serde_json::from_str(&report).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}\n{report}", errors.join("\n"));
    }
}

#[test]
fn json_is_as_documented() {
    validate("json", &fs::read_to_string(repository("testdata/forms/check.schema.json")).unwrap());
}

#[test]
fn sarif_is_what_the_standard_demands() {
    validate("sarif", &fs::read_to_string(repository("testdata/forms/sarif.schema.json")).unwrap());
    // The schema of the standard itself is not ours to copy.
    match std::env::var("SARIF_SCHEMA") {
        Ok(path) => validate("sarif", &fs::read_to_string(path).unwrap()),
        Err(_) => skipped("SARIF is not held against the schema of OASIS, to which SARIF_SCHEMA would lead"),
    }
}

#[test]
fn results_of_sarif_name_their_rules_and_places() {
    for report in reports("sarif") {
        let value: Value = serde_json::from_str(&report).unwrap();
        let run = &value["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_eq!(result["locations"].as_array().unwrap().len(), 1, "{result}");
        }
    }
}

const ODD: &str = "\
resources: []
images:
- name: \"a%b<&>\\\"'\\u0001: x,y\"
  newTag: '1'
";

#[test]
fn what_has_a_meaning_is_escaped() {
    let place = directory(&[("a,b%/kustomization.yaml", ODD)]);
    let report = |form: &str| {
        let output = rustomize(place.path(), &["check", "a,b%", "--format", form]);
        assert_eq!(output.status.code(), Some(1));
        text(&output.stdout).to_owned()
    };
    assert_eq!(
        report("github"),
        "::warning file=a%2Cb%25/kustomization.yaml,line=3,endLine=3,col=9,endColumn=31,title=unmatched-image::\
         no container has the image `a%25b<&>\"'\u{1}: x,y`\n"
    );
    assert!(report("sarif").contains("\"uri\": \"a%2Cb%25/kustomization.yaml\""));
    let junit = report("junit");
    assert!(junit.contains("<testsuite name=\"a,b%/kustomization.yaml\" file=\"a,b%/kustomization.yaml\""), "{junit}");
    assert!(junit.contains("message=\"no container has the image `a%b&lt;&amp;&gt;&quot;'\u{fffd}: x,y`\""), "{junit}");
}

/// Says how often each of the elements is in an XML that it reads, if it is one.
const COUNT: &str = "\
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
suites = root.findall('testsuite')
assert root.tag == 'testsuites' and suites
for one in [root] + suites:
    cases = list(one.iter('testcase'))
    failures = list(one.iter('failure'))
    assert int(one.get('tests')) == len(cases) and int(one.get('failures')) == len(failures)
    assert one.get('errors') == '0' and one.get('name')
for case in root.iter('testcase'):
    assert case.get('name') and case.get('classname') and set(case.keys()) == {'name', 'classname'}
print(len(list(root.iter('failure'))))
";

#[test]
fn junit_counts_what_it_has() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("JUnit is not read by another program, as there is no python3");
    }
    for (number, report) in reports("junit").into_iter().enumerate() {
        let mut command = Command::new("python3");
        command.args(["-c", COUNT]);
        let output = piped(command, &report);
        assert!(output.status.success(), "{}\n{report}", text(&output.stderr));
        let failures: usize = text(&output.stdout).trim().parse().unwrap();
        assert_eq!(failures == 0, number % 2 == 1, "{report}");
    }
}
