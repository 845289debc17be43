//! `rustomize edit`: what an edit is not about stays, byte for byte.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program::{directory, repository, rustomize, text};

const COMMENTED: &str = "\
# the shop's overlay

# what there is
resources:
  - web.yaml   # the web tier
  # the rest
  - \"api.yaml\"

namespace: 'shop' # never default

images:
  # pinned by the release job
  - name: web
    newTag: \"1.25\" # old
  - {name: api, newTag: v1}
";

/// A directory with a kustomization and some files.
struct Kustomization(tempfile::TempDir);

impl Kustomization {
    fn new(text: &str) -> Kustomization {
        Kustomization(directory(&[
            ("kustomization.yaml", text),
            ("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"),
            ("api.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api}\n"),
            ("new.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n"),
        ]))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn edit(&self, arguments: &[&str]) -> Output {
        rustomize(self.path(), &[&["edit"], arguments].concat())
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path().join("kustomization.yaml")).unwrap()
    }
}

/// What a text becomes by an edit that succeeds, without the apiVersion and kind that every edit fills in.
fn edited(before: &str, arguments: &[&str]) -> String {
    let filled = format!("{FILLED_IN}{before}");
    let kustomization = Kustomization::new(&filled);
    let output = kustomization.edit(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    let after = kustomization.text();
    after.strip_prefix(FILLED_IN).expect("the head stays").to_owned()
}

const FILLED_IN: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

#[track_caller]
fn assert_edit(before: &str, arguments: &[&str], old: &str, new: &str) {
    assert!(before.contains(old));
    assert_eq!(edited(before, arguments), before.replacen(old, new, 1), "{arguments:?}");
}

#[test]
fn scalars_change_where_they_stand() {
    assert_edit(COMMENTED, &["set", "namespace", "prod"], "'shop'", "'prod'");
    assert_edit("namePrefix: a- # x\n", &["set", "nameprefix", "--", "b-"], "a-", "b-");
    let images = "images:\n  - {name: api, newTag: v1} # x\n  - name: web\n    newTag: \"1.25\" # old\n";
    assert_edit(images, &["set", "image", "web:2"], "1.25", "2");
    assert_edit(images, &["set", "image", "api:v2"], "v1", "v2");
}

#[test]
fn entries_are_added_in_the_form_of_their_list() {
    let api = "  - \"api.yaml\"\n";
    assert_edit(COMMENTED, &["add", "resource", "new.yaml"], api, &format!("{api}  - new.yaml\n"));
    assert_edit("resources: [web.yaml] # x\n", &["add", "resource", "new.yaml"], "]", ", new.yaml]");
    assert_edit("resources: # none yet\n", &["add", "resource", "new.yaml"], "yet\n", "yet\n- new.yaml\n");
    let configured = "configMapGenerator:\n- name: a # the first\n  literals:\n  - A=1\n# the end\n";
    let literal = ["add", "configmap", "a", "--from-literal=B=2"];
    assert_edit(configured, &literal, "  - A=1\n", "  - A=1\n  - B=2\n");
}

#[test]
fn flow_lists_of_several_lines_keep_their_comments() {
    let before = "resources: [ # all\n  web.yaml, # the web\n\n  # the rest\n  'api.yaml' # x\n]\nnamespace: x\n";
    let api = "  'api.yaml' # x\n";
    assert_edit(before, &["add", "resource", "new.yaml"], api, "  'api.yaml', # x\n  new.yaml\n");
    assert_edit(before, &["remove", "resource", "api.yaml"], api, "");
    assert_edit(before, &["remove", "resource", "web.yaml"], "  web.yaml, # the web\n", "");
    let images = "images: [{name: api, newTag: v1}, # x\n  {name: web,   newTag: '1'}]\n";
    assert_edit(images, &["set", "image", "web:2"], "'1'", "\"2\"");
}

#[test]
fn images_are_sorted_with_their_comments() {
    let before = "images:\n# the web\n- name: web\n  newTag: '1' # one\n# the api\n- name: api\n  newTag: v1\n";
    let after = "images:\n# the api\n- name: api\n  newTag: v1\n- name: db\n  newTag: \"3\"\n# the web\n- name: web\n  newTag: '2' # one\n";
    assert_eq!(edited(before, &["set", "image", "web:2", "db:3"]), after);
}

#[test]
fn new_fields_come_last_and_are_set_off_as_others_are() {
    let labelled = edited(COMMENTED, &["add", "label", "team:core"]);
    assert_eq!(labelled, format!("{COMMENTED}\ncommonLabels:\n  team: core\n"));
    let components = edited(COMMENTED, &["set", "buildmetadata", "managedByLabel"]);
    assert_eq!(components, format!("{COMMENTED}\nbuildMetadata:\n  - managedByLabel\n"));
}

#[test]
fn what_is_removed_leaves_the_rest() {
    assert_edit(COMMENTED, &["remove", "resource", "api.yaml"], "  - \"api.yaml\"\n", "");
    let labels = "commonLabels:\n  # one\n  a: b\n  c: d # two\nnamespace: x\n";
    assert_edit(labels, &["remove", "label", "a"], "  a: b\n", "");
    assert_eq!(edited("namespace: x\ncommonLabels:\n  a: b\n", &["remove", "label", "a"]), "namespace: x\n");
}

#[test]
fn line_ends_and_the_byte_order_mark_stay() {
    let kustomization = Kustomization::new("\u{feff}resources:\r\n- web.yaml # x\r\n");
    assert!(kustomization.edit(&["set", "namespace", "a"]).status.success());
    let head = FILLED_IN.replace('\n', "\r\n");
    assert_eq!(kustomization.text(), format!("\u{feff}{head}resources:\r\n- web.yaml # x\r\nnamespace: a\r\n"));
}

#[test]
fn a_missing_newline_at_the_end_stays_missing() {
    assert_eq!(edited("resources:\n- web.yaml", &["set", "namespace", "a"]), "resources:\n- web.yaml\nnamespace: a");
}

#[test]
fn anchors_that_are_used_twice_are_written_out_where_they_part() {
    let before = "resources: [web.yaml]\ncommonLabels: &same\n  a: b\ncommonAnnotations: *same\n";
    let labelled = edited(before, &["set", "label", "c:d"]);
    assert!(labelled.starts_with("resources: [web.yaml]\ncommonLabels:"), "{labelled}");
    let after = edited(before, &["set", "annotation", "c:d"]);
    assert!(after.contains("commonLabels: &same\n  a: b\n"), "{after}");
    assert!(after.contains("commonAnnotations:\n  a: b\n  c: d\n"), "{after}");
}

#[test]
fn what_kustomize_takes_is_taken() {
    assert_eq!(edited("namespace: x\n", &["set", "namespace", "A b"]), "namespace: A b\n");
    assert_eq!(edited("images: []\n", &["set", "image", "r:1/b:2"]), "images:\n- name: r:1/b\n  newTag: \"2\"\n");
}

#[test]
fn a_failed_edit_changes_nothing() {
    let kustomization = Kustomization::new(COMMENTED);
    let outside = format!("--from-file={}", repository("Cargo.toml").display());
    for arguments in [
        &["add", "resource", "missing.yaml"][..],
        &["set", "replicas", "web=x"],
        &["remove", "label", "a"],
        &["remove", "resource", "["],
        &["add", "generator", "web["],
        &["add", "configmap", "c", &outside],
        &["add", "configmap", "c", "--from-env-file=nosuch.env"],
        &["bogus"],
        &["add", "bogus"],
    ] {
        let output = kustomization.edit(arguments);
        assert_eq!((output.status.code(), kustomization.text().as_str()), (Some(1), COMMENTED), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    let left = fs::read_dir(kustomization.path()).unwrap().count();
    assert_eq!(left, 4, "nothing is left beside the files");
}

#[test]
fn a_dry_run_prints_the_difference() {
    let kustomization = Kustomization::new(&format!("{FILLED_IN}namespace: a # x\n"));
    let output = kustomization.edit(&["set", "namespace", "b", "--dry-run"]);
    let expected = "--- a/kustomization.yaml\n+++ b/kustomization.yaml\n@@ -1,3 +1,3 @@\n apiVersion: kustomize.config.k8s.io/v1beta1\n kind: Kustomization\n-namespace: a # x\n+namespace: b # x\n";
    assert_eq!(text(&output.stdout), expected);
    assert!(kustomization.text().ends_with("namespace: a # x\n"));
}

#[test]
fn fix_gives_old_fields_their_new_names() {
    let before = "# all\nbases: # old\n- web.yaml\npatchesStrategicMerge:\n- api.yaml\n";
    let after = "# all\nresources: # old\n- web.yaml\npatches:\n- path: api.yaml\n";
    assert_eq!(edited(before, &["fix"]), after);
    let before = "resources:\n- web.yaml\n\n# who\ncommonLabels:\n  a: b\n\nnamespace: x\n";
    let after =
        "resources:\n- web.yaml\n\n# who\nlabels:\n- includeSelectors: true\n  pairs:\n    a: b\n\nnamespace: x\n";
    assert_eq!(edited(before, &["fix"]), after);
}

#[test]
fn generator_options_stay_where_they_are() {
    let before = "generatorOptions:\n  labels: {a: b}\nconfigMapGenerator:\n- name: a\n  literals: [A=1]\n";
    assert_edit(before, &["add", "configmap", "a", "--from-literal=B=2"], "A=1", "A=1, B=2");
    assert_edit(before, &["set", "configmap", "a", "--from-literal=A=2"], "A=1", "A=2");
}

#[test]
fn flags_belong_to_the_kind_that_has_them() {
    let kustomization = Kustomization::new(COMMENTED);
    for arguments in [["add", "secret", "a", "--behavior=merge"], ["add", "configmap", "a", "--type=Opaque"]] {
        let output = kustomization.edit(&[&arguments[..], &["--from-literal=A=1"]].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("Error: unknown flag: --"), "{}", text(&output.stderr));
    }
    let secret = edited("namespace: x\n", &["add", "secret", "s", "--type", "t", "--from-literal=A=1"]);
    assert_eq!(secret, "namespace: x\nsecretGenerator:\n- literals:\n  - A=1\n  name: s\n  type: t\n");
}

#[test]
fn charts_get_their_new_form() {
    let before = "\
helmChartInflationGenerator: # one chart
- chartName: web # the chart
  chartVersion: 1.2.3
  chartRepoUrl: https://example.com/charts
  chartHome: ../charts
  helmBin: helm3
  values: values.yaml
  valuesLocal: {a: 1}
  releaseName: web
";
    let after = "\
helmCharts: # one chart
- name: web # the chart
  version: 1.2.3
  repo: https://example.com/charts
  valuesFile: values.yaml
  valuesInline: {a: 1}
  releaseName: web
helmGlobals:
  chartHome: ../charts
";
    assert_eq!(edited(before, &["fix"]), after);
}

#[test]
fn the_builtin_plugins_are_listed() {
    let output = rustomize(".".as_ref(), &["edit", "alpha-list-builtin-plugin"]);
    let listed = text(&output.stdout);
    assert!(listed.starts_with("Builtin plugins:\n\n * AnnotationsTransformer\n * ConfigMapGenerator\n"), "{listed}");
    assert_eq!(listed.matches(" * ").count(), 18);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_what_it_names_is_changed() {
    let kustomization = Kustomization::new(COMMENTED);
    let [link, real] = ["kustomization.yaml", "shared.yaml"].map(|name| kustomization.path().join(name));
    fs::rename(&link, &real).unwrap();
    std::os::unix::fs::symlink("shared.yaml", &link).unwrap();
    assert!(kustomization.edit(&["set", "namespace", "b"]).status.success());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("namespace: 'b' # never default"));
}

#[cfg(unix)]
#[test]
fn the_mode_of_the_file_stays() {
    use std::os::unix::fs::PermissionsExt;
    let kustomization = Kustomization::new(COMMENTED);
    let path = kustomization.path().join("kustomization.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(kustomization.edit(&["set", "namespace", "b"]).status.success());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn create_finds_resources_and_overwrites_nothing() {
    let kustomization = Kustomization::new(COMMENTED);
    let again = rustomize(kustomization.path(), &["create"]);
    assert_eq!((again.status.code(), kustomization.text().as_str()), (Some(1), COMMENTED));

    fs::create_dir(kustomization.path().join("base")).unwrap();
    fs::write(kustomization.path().join("notes.txt"), "nothing to apply").unwrap();
    let moved = ["kustomization.yaml", "base/kustomization.yaml"].map(|name| kustomization.path().join(name));
    fs::rename(&moved[0], &moved[1]).unwrap();
    let flags = ["--autodetect", "--recursive", "--nameprefix", "-x", "--labels", "a:b,c:1"];
    let output = rustomize(kustomization.path(), &[&["create", "--resources", "web.yaml"], &flags[..]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let resources = "resources:\n- web.yaml\n- api.yaml\n- base\n- new.yaml\n";
    let rest = "namePrefix: -x\ncommonLabels:\n  a: b\n  c: \"1\"\n";
    assert_eq!(kustomization.text(), format!("{FILLED_IN}{resources}{rest}"));
}
