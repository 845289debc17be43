//! Functions and plugins: programs that generate and transform.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::place::assert_failed;
use crate::program::{command, directory, script, text, write};

/// A directory to build in, and a stand-in for programs such as `docker`.
struct Place(tempfile::TempDir);

impl Place {
    fn new(kustomization: &str) -> Place {
        let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\ndata:\n  key: value\n";
        Place(directory(&[("app/kustomization.yaml", kustomization), ("app/cm.yaml", config_map)]))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        write(&self.path(name), content);
    }

    fn script(&self, name: &str, body: &str) {
        script(&self.path(name), body);
    }

    fn command(&self, flags: &[&str]) -> Command {
        let mut command = command(self.0.path(), &["build", "app"]);
        let path = std::env::join_paths(
            std::iter::once(self.path("bin")).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.args(flags).env("PATH", path.unwrap());
        command.env_remove("KUSTOMIZE_PLUGIN_HOME").env_remove("XDG_CONFIG_HOME").env("HOME", self.path("home"));
        command
    }

    fn build(&self, flags: &[&str]) -> Output {
        self.command(flags).output().unwrap()
    }
}

const ENABLED: [&str; 2] = ["--enable-alpha-plugins", "--enable-exec"];

/// The configuration of an executable function.
fn executable(path: &str) -> String {
    format!(
        "apiVersion: example.com/v1\nkind: Tool\nmetadata:\n  name: tool\n  annotations:\n    \
         config.kubernetes.io/function: |\n      exec:\n        path: {path}\n        args: [one, two words]\n        envs: [GREETING=hello]\nspec: {{size: 3}}\n"
    )
}

fn assert_output(output: &Output, expected: &str) {
    assert_eq!((text(&output.stderr), text(&output.stdout)), ("", expected));
    assert!(output.status.success());
}

#[test]
fn an_executable_generates_with_its_arguments_environment_and_directory() {
    let place = Place::new("generators: [tool.yaml]\nnamePrefix: p-\n");
    place.write("app/tool.yaml", &executable("./tool.sh"));
    place.script(
        "app/tool.sh",
        "cat <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: made\n  annotations:\n    kustomize.config.k8s.io/needs-hash: 'false'\n\
         data:\n  arguments: '$1/$2'\n  greeting: $GREETING\n  here: $(basename $PWD)\n  size: \"$(grep -c 'size: 3')\"\nEOF\n",
    );
    let expected = "apiVersion: v1\ndata:\n  arguments: one/two words\n  greeting: hello\n  here: app\n  size: \"2\"\n\
                    kind: ConfigMap\nmetadata:\n  name: p-made\n";
    assert_output(&place.build(&ENABLED), expected);
}

#[test]
fn an_executable_transforms_a_resource_list() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\nnameSuffix: -s\n");
    place.write("app/tool.yaml", &executable("./tool.sh"));
    place.script("app/tool.sh", "sed 's/key: value/key: changed/'\n");
    let expected = "apiVersion: v1\ndata:\n  key: changed\nkind: ConfigMap\nmetadata:\n  name: app-s\n";
    assert_output(&place.build(&ENABLED), expected);
}

#[test]
fn what_a_transformer_leaves_out_goes_and_what_it_adds_comes() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
    place.write("app/tool.yaml", &executable("./tool.sh"));
    place.script("app/tool.sh", "echo '{apiVersion: v1, kind: Secret, metadata: {name: new}}'\n");
    assert_output(&place.build(&ENABLED), "apiVersion: v1\nkind: Secret\nmetadata:\n  name: new\n");
}

#[test]
fn programs_need_permission() {
    let place = Place::new("generators: [tool.yaml]\n");
    place.write("app/tool.yaml", &executable("./tool.sh"));
    place.script("app/tool.sh", "touch ran\n");
    assert_failed(&place.build(&[]), "--enable-alpha-plugins");
    // As in kustomize, an executable without --enable-exec is passed over: its configuration comes back, and is local.
    assert_output(&place.build(&["--enable-alpha-plugins"]), "");
    assert!(!place.path("app/ran").exists());
}

#[test]
fn a_failing_function_is_shown_with_its_words_and_results() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
    place.write("app/tool.yaml", &executable("./tool.sh"));
    place.script(
        "app/tool.sh",
        "echo 'went wrong' >&2\ncat <<EOF\napiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nresults:\n\
         - message: key is not allowed\n  severity: error\n  resourceRef: {kind: ConfigMap, name: app}\n  field: {path: data.key}\nEOF\nexit 3\n",
    );
    let output = place.build(&ENABLED);
    for words in [
        "the function Tool tool (",
        "exit status: 3",
        "stderr: went wrong",
        "error: key is not allowed (ConfigMap app) at data.key",
        "app/tool.yaml:1:1",
    ] {
        assert_failed(&output, words);
    }
}

#[test]
fn unusable_answers_and_missing_programs_are_errors() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
    place.write("app/tool.yaml", &executable("./tool.sh"));
    assert_failed(&place.build(&ENABLED), "no such file or directory");
    place.script("app/tool.sh", "echo 'a: [b'\n");
    assert_failed(&place.build(&ENABLED), "its output cannot be used");
    place.script(
        "app/tool.sh",
        "for i in 1 2; do echo '---\n{apiVersion: v1, kind: Secret, metadata: {name: new}}'; done\n",
    );
    assert_failed(&place.build(&ENABLED), "two resources with the same id");
}

/// The configuration of a function in a container.
fn container(more: &str) -> String {
    format!(
        "apiVersion: example.com/v1\nkind: Tool\nmetadata:\n  name: tool\n  annotations:\n    \
         config.kubernetes.io/function: |\n      container:\n        image: example.com/tool:v1\n{more}"
    )
}

/// Stands in for docker: notes its arguments and hands on what it reads.
const DOCKER: &str = "printf '%s\\n' \"$@\" > \"$(dirname \"$0\")/../arguments\"\ncat\n";

#[test]
fn a_container_runs_without_network_and_privileges() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
    place.write(
        "app/tool.yaml",
        &container("        envs: [A=1, B]\n        mounts:\n        - {type: bind, src: ./data, dst: /data}\n"),
    );
    place.script("bin/docker", DOCKER);
    let flags = ["--enable-alpha-plugins", "-e", "A=2", "--mount", "type=bind,src=/etc,dst=/etc,rw=true"];
    let output = place.build(&flags);
    let expected = "apiVersion: v1\ndata:\n  key: value\nkind: ConfigMap\nmetadata:\n  name: app\n";
    assert_output(&output, expected);
    let real = fs::canonicalize(place.path("app")).unwrap();
    let arguments = fs::read_to_string(place.path("arguments")).unwrap();
    let expected = format!(
        "run --rm -i -a STDIN -a STDOUT -a STDERR --network none --user nobody --security-opt=no-new-privileges \
         --mount type=bind,source={}/./data,target=/data,readonly --mount type=bind,source=/etc,target=/etc \
         -e A=2 -e LOG_TO_STDERR=true -e STRUCTURED_RESULTS=true -e B example.com/tool:v1",
        real.display()
    );
    assert_eq!(arguments.lines().collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn a_container_can_be_given_the_network_and_the_user() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
    place.write("app/tool.yaml", &container("        network: true\n"));
    place.script("bin/docker", DOCKER);
    assert_failed(&place.build(&["--enable-alpha-plugins"]), "--network");
    assert!(place.build(&["--enable-alpha-plugins", "--network", "--as-current-user"]).status.success());
    let arguments = fs::read_to_string(place.path("arguments")).unwrap();
    assert!(arguments.contains("--network\nhost\n"), "{arguments}");
    let user = arguments.lines().skip_while(|line| *line != "--user").nth(1).unwrap();
    assert!(
        user.split_once(':').is_some_and(|(user, group)| user.parse::<u32>().is_ok() && group.parse::<u32>().is_ok())
    );
}

#[test]
fn what_describes_a_function_may_have_no_key_twice() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
    place.write("app/tool.yaml", &executable("./tool").replace("args: [one, two words]", "path: ./other"));
    assert_failed(&place.build(&ENABLED), "a second key `path`");
}

#[test]
fn a_container_mounts_nothing_outside_the_kustomization() {
    for source in ["/etc", "../secrets", "a/../../b"] {
        let place = Place::new("resources: [cm.yaml]\ntransformers: [tool.yaml]\n");
        place
            .write("app/tool.yaml", &container(&format!("        mounts: [{{type: bind, src: {source}, dst: /x}}]\n")));
        place.script("bin/docker", DOCKER);
        assert_failed(&place.build(&["--enable-alpha-plugins"]), "may not mount");
    }
}

/// An exec plugin that transforms: it gets its configuration as a file, and arguments from fields of it.
fn plugin(place: &Place, home: &str) {
    place.write("app/plugin.yaml", "apiVersion: someteam.example.com/v1\nkind: SedTransformer\nmetadata: {name: t}\nargsOneLiner: s/value/'new value'/ -\nargsFromFile: more\n");
    place.write("app/more", "  third\n\nfourth one\n");
    place.script(
        &format!("{home}/someteam.example.com/v1/sedtransformer/SedTransformer"),
        "test -n \"$KUSTOMIZE_PLUGIN_CONFIG_STRING\" || exit 5\ntest \"$KUSTOMIZE_PLUGIN_CONFIG_ROOT\" = \"$PWD\" || exit 6\n\
         grep -q 'kind: SedTransformer' \"$1\" || exit 7\ntest \"$4/$5\" = 'third/fourth one' || exit 8\nsed \"$2\"\n",
    );
}

#[test]
fn exec_plugins_are_found_under_each_plugin_home() {
    let expected = "apiVersion: v1\ndata:\n  key: new value\nkind: ConfigMap\nmetadata:\n  name: app\n";
    let homes: [(&str, Option<(&str, &str)>); 3] = [
        ("plugins", Some(("KUSTOMIZE_PLUGIN_HOME", "plugins"))),
        ("config/kustomize/plugin", Some(("XDG_CONFIG_HOME", "config"))),
        ("home/.config/kustomize/plugin", None),
    ];
    for (home, variable) in homes {
        let place = Place::new("resources: [cm.yaml]\ntransformers: [plugin.yaml]\n");
        plugin(&place, home);
        let mut command = place.command(&["--enable-alpha-plugins"]);
        if let Some((name, value)) = variable {
            command.env(name, place.path(value));
        }
        assert_output(&command.output().unwrap(), expected);
    }
}

#[test]
fn a_missing_exec_plugin_says_where_it_was_looked_for() {
    let place = Place::new("resources: [cm.yaml]\ntransformers: [plugin.yaml]\n");
    plugin(&place, "plugins");
    fs::remove_file(place.path("plugins/someteam.example.com/v1/sedtransformer/SedTransformer")).unwrap();
    let mut command = place.command(&["--enable-alpha-plugins"]);
    let output = command.env("KUSTOMIZE_PLUGIN_HOME", place.path("plugins")).output().unwrap();
    assert_failed(&output, "sedtransformer/SedTransformer: no such file or directory");
    assert_failed(&place.build(&["--enable-alpha-plugins"]), "KUSTOMIZE_PLUGIN_HOME");
}

#[test]
fn a_function_reads_what_kustomize_would_give_it() {
    let place = Place::new("resources: [cm.yaml, dep.yaml]\ntransformers: [tool.yaml]\n");
    let long = "long: one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
    place.write(
        "app/dep.yaml",
        &format!("kind: Deployment\napiVersion: apps/v1\nmetadata: {{name: '1', namespace: n}}\n{long}\n"),
    );
    place.write("app/tool.yaml", &executable("./tool.sh"));
    place.script("app/tool.sh", "cat > read.txt\n");
    assert_output(&place.build(&ENABLED), "");
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
    let config_map = "- apiVersion: v1\n  data:\n    key: value\n  kind: ConfigMap\n  metadata:\n    annotations:\n      \
        kustomize.config.k8s.io/id: |\n        kind: ConfigMap\n        name: app\n        version: v1\n";
    let deployment = format!(
        "- apiVersion: apps/v1\n  kind: Deployment\n  {long}\n  metadata:\n    annotations:\n      kustomize.config.k8s.io/id: |\n        \
         group: apps\n        kind: Deployment\n        name: \"1\"\n        namespace: \"n\"\n        version: v1\n"
    );
    let config = "functionConfig:\n  apiVersion: example.com/v1\n  kind: Tool\n  metadata:\n    annotations:\n      \
        config.kubernetes.io/function: |\n        exec:\n          path: ./tool.sh\n          args: [one, two words]\n          \
        envs: [GREETING=hello]\n      config.kubernetes.io/local-config: 'true'\n    name: tool\n  spec:\n    size: 3\n";
    let numbers = |place: u8| {
        format!(
            "      config.kubernetes.io/index: '{place}'\n      internal.config.kubernetes.io/index: '{place}'\n      \
             internal.config.kubernetes.io/annotations-migration-resource-id: '{place}'\n      \
             internal.config.kubernetes.io/id: '{0}'\n      config.k8s.io/id: '{0}'\n",
            place + 1
        )
    };
    let expected = format!(
        "{head}{config_map}{}    name: app\n{deployment}{}    name: \"1\"\n    namespace: \"n\"\n{config}",
        numbers(0),
        numbers(1)
    );
    let read = fs::read_to_string(place.path("app/read.txt")).unwrap();
    assert_eq!(read, expected);
}

#[test]
fn what_a_validating_program_leaves_out_or_adds_is_ignored() {
    let place = Place::new("resources: [cm.yaml]\nvalidators: [tool.yaml]\n");
    place.write("app/tool.yaml", "apiVersion: example.com/v1\nkind: Tool\nmetadata: {name: tool}\n");
    place.script("home/kustomize/plugin/example.com/v1/tool/Tool", "$(dirname $0)/../../../../../../check.sh");
    let flags = ["--enable-alpha-plugins"];
    let built = "apiVersion: v1\ndata:\n  key: value\nkind: ConfigMap\nmetadata:\n  name: app\n";
    for silent in ["", "grep -q 'key: value'", "echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: new}}'"] {
        place.script("check.sh", &format!("{silent}\n"));
        assert_output(&place.build(&flags), built);
    }
    for changing in ["sed -e s/value/other/", "exit 1"] {
        place.script("check.sh", &format!("{changing}\n"));
        assert_failed(&place.build(&flags), if changing == "exit 1" { "failed" } else { "must not change" });
    }
}
