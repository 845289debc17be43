//! Helm charts, rendered and pulled by Helm's real engine (see `testdata/helm/install`), or by a shell script where only
//! the conversation with Helm matters.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use crate::program::script;
use crate::program::{command, directory, repository, rustomize, skipped, text, write};
#[cfg(unix)]
use crate::remote::{is_zombie, send};

/// Helm's real engine, or `None`, said aloud, where it cannot be installed.
fn helm() -> Option<&'static Path> {
    static HELM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let install = || {
        let directory = repository("target/helm");
        let output = Command::new(repository("testdata/helm/install")).arg(&directory).output();
        match output {
            Ok(output) if output.status.success() => Some(directory.join("helm")),
            failed => {
                let reason = failed.map(|output| text(&output.stderr).lines().last().unwrap_or_default().to_owned());
                let reason = reason.unwrap_or_else(|error| error.to_string());
                skipped(&format!("tests with Helm's engine, which pip cannot install: {reason}"));
                None
            }
        }
    };
    HELM.get_or_init(install).as_deref()
}

/// A place to build in, with a cache of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        Place(directory(files))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        write(&self.path(name), content);
    }

    /// A program that answers `version` as Helm 3 does, and anything else by these lines of shell.
    #[cfg(unix)]
    fn script(&self, lines: &str) -> PathBuf {
        let path = self.path("helm.sh");
        let version = "[ $1 = version ] && echo v3.19.0+g1a2b3c4 && exit";
        script(&path, &format!("{version}\n{lines}\n"));
        path
    }

    /// Builds the directory `app` with this Helm.
    fn build(&self, helm: &Path) -> Output {
        self.command(helm).output().unwrap()
    }

    fn command(&self, helm: &Path) -> Command {
        let mut command = command(&self.path("app"), &["build", "--enable-helm", "--helm-command"]);
        command.arg(helm).arg(".");
        for name in ["HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"] {
            command.env_remove(name);
        }
        command.env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    /// What lies below a directory, relative to it.
    fn names(&self, directory: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(directory))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Standard output of a build that must succeed.
fn built(output: &Output) -> &str {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Standard error of a build that must fail.
fn failed(output: &Output) -> &str {
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    text(&output.stderr)
}

#[test]
fn a_chart_of_a_base_is_rendered_and_transformed() {
    let Some(helm) = helm() else { return };
    let command = helm.to_str().unwrap();
    let arguments = ["build", "--enable-helm", "--helm-command", command, "overlay"];
    let output = rustomize(&repository("testdata/helm/shop"), &arguments);
    assert_eq!(built(&output), fs::read_to_string(repository("testdata/helm/shop/expected.yaml")).unwrap());
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.2.3\n";
const TEMPLATE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  version: {{ .Chart.Version }}
  text: {{ required \"a text is needed\" .Values.text }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
";
const CONFIG_MAP: &str = "\
apiVersion: v1
data:
  kubernetes: v1.30.0
  text: a
  version: 1.2.3
kind: ConfigMap
metadata:
  name: r
";

fn with_chart(kustomization: &str, values: &str) -> Place {
    Place::new(&[
        ("app/kustomization.yaml", kustomization),
        ("app/charts/web/Chart.yaml", CHART),
        ("app/charts/web/values.yaml", values),
        ("app/charts/web/templates/map.yaml", TEMPLATE),
    ])
}

/// The three ways to name a chart, and flags that reach it.
#[test]
fn charts_can_be_named_in_three_ways() {
    let Some(helm) = helm() else { return };
    let today = "helmCharts: [{name: web, releaseName: r}]\n";
    let before = "helmChartInflationGenerator: [{chartName: web, releaseName: r}]\n";
    let file = "generators: [web.yaml]\n";
    for kustomization in [today, before, file] {
        let place = with_chart(kustomization, "text: a\n");
        let header = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: any}\n";
        place.write("app/web.yaml", &format!("{header}name: web\nreleaseName: r\n"));
        let output = place.command(helm).args(["--helm-kube-version", "1.30.0"]).output().unwrap();
        assert_eq!(built(&output), CONFIG_MAP);
    }
}

#[test]
fn a_chart_that_cannot_be_rendered_is_explained() {
    let Some(helm) = helm() else { return };
    let place = with_chart("helmCharts:\n- name: web\n  releaseName: r\n", "other: a\n");
    let output = place.build(helm);
    let lines: Vec<&str> = failed(&output).lines().collect();
    let first = lines[0];
    assert!(first.starts_with("Error: Helm cannot render the chart web: "), "{first}");
    assert!(first.ends_with("a text is needed (kustomization.yaml:2) [helm]"), "{first}");
    let note = lines.iter().find(|line| line.contains("the command was: ")).unwrap();
    assert!(note.contains("/helm template r ") && note.contains("/app/charts/web -f "), "{note}");
}

/// A chart repository on this machine, and what was asked of it.
struct Repository {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Repository {
    /// A repository with the chart `web` in the versions 1.2.3 and 1.3.0.
    fn serve(place: &Place, helm: &Path) -> Repository {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let run = |arguments: &[&str]| {
            let output = Command::new(helm).args(arguments).current_dir(place.0.path()).output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
        };
        place.write("source/web/Chart.yaml", CHART);
        place.write("source/web/values.yaml", "text: a\n");
        place.write("source/web/templates/map.yaml", TEMPLATE);
        for version in ["1.2.3", "1.3.0"] {
            run(&["package", "source/web", "--destination", "served", "--version", version]);
        }
        run(&["index", "served", "--url", &url]);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (served, seen) = (place.path("served"), requests.clone());
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &served, &seen)));
        Repository { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, served: &Path, seen: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)) else { return };
    seen.lock().unwrap().push(path.to_owned());
    let (status, body) = match fs::read(served.join(path.trim_start_matches('/'))) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(&body);
}

fn pulling(url: &str, version: &str) -> String {
    let version = if version.is_empty() { String::new() } else { format!("  version: \"{version}\"\n") };
    format!("helmCharts:\n- name: web\n  releaseName: r\n  repo: {url}\n  kubeVersion: 1.30.0\n{version}")
}

#[test]
fn an_exact_version_is_pulled_once_and_the_source_tree_stays_as_it_is() {
    let Some(helm) = helm() else { return };
    let place = Place::new(&[]);
    let charts = Repository::serve(&place, helm);
    place.write("app/kustomization.yaml", &pulling(&charts.url, "1.2.3"));
    assert_eq!(built(&place.build(helm)), CONFIG_MAP);
    assert_eq!(charts.requests(), ["/index.yaml", "/web-1.2.3.tgz"]);
    assert_eq!(built(&place.build(helm)), CONFIG_MAP);
    assert_eq!(charts.requests(), [""; 0]);
    assert_eq!(place.names("app"), ["kustomization.yaml"]);
    let cached = place.names("cache/rustomize/helm");
    assert!(cached.len() == 1 && cached[0].starts_with("web-1.2.3-"), "{cached:?}");

    place.write("app/kustomization.yaml", &pulling(&charts.url, "1.3.0"));
    assert_eq!(built(&place.build(helm)), CONFIG_MAP.replace("1.2.3", "1.3.0"));
    assert_eq!(place.names("cache/rustomize/helm").len(), 2);
}

/// What stands for "the newest" is asked for each time, and kept nowhere.
#[test]
fn other_versions_are_pulled_each_time() {
    let Some(helm) = helm() else { return };
    let place = Place::new(&[]);
    let charts = Repository::serve(&place, helm);
    for (version, pulled) in [("", "1.3.0"), ("~1.2.0", "1.2.3"), ("~1.2.0", "1.2.3")] {
        place.write("app/kustomization.yaml", &pulling(&charts.url, version));
        assert_eq!(built(&place.build(helm)), CONFIG_MAP.replace("1.2.3", pulled));
        assert_eq!(charts.requests(), ["/index.yaml".to_owned(), format!("/web-{pulled}.tgz")]);
    }
    assert_eq!(place.names("cache/rustomize"), [""; 0]);
}

#[test]
fn builds_at_the_same_time_do_not_meet() {
    let Some(helm) = helm() else { return };
    let place = Place::new(&[]);
    let charts = Repository::serve(&place, helm);
    place.write("app/kustomization.yaml", &pulling(&charts.url, "1.2.3"));
    thread::scope(|scope| {
        let builds: Vec<_> = (0..4).map(|_| scope.spawn(|| place.build(helm))).collect();
        for build in builds {
            assert_eq!(built(&build.join().unwrap()), CONFIG_MAP);
        }
    });
    assert_eq!(place.names("cache/rustomize/helm").len(), 1, "nothing half-done is left");
}

#[test]
fn a_chart_that_lies_where_kustomize_would_pull_it_is_used() {
    let Some(helm) = helm() else { return };
    let place = with_chart(&pulling("http://127.0.0.1:9", "9.9.9"), "text: a\n");
    fs::create_dir(place.path("app/charts/web-9.9.9")).unwrap();
    fs::rename(place.path("app/charts/web"), place.path("app/charts/web-9.9.9/web")).unwrap();
    assert_eq!(built(&place.build(helm)), CONFIG_MAP);
    assert_eq!(place.names("cache/rustomize"), [""; 0]);
}

/// Also with values files inside of the chart, which kustomize can name once it has pulled it.
#[test]
fn values_files_of_a_pulled_chart_are_found() {
    let Some(helm) = helm() else { return };
    let place = Place::new(&[]);
    place.write("source/web/values-prod.yaml", "text: prod\n");
    let charts = Repository::serve(&place, helm);
    let more = "  valuesFile: charts/web-1.2.3/web/values-prod.yaml\n  valuesInline: {other: 1}\n";
    place.write("app/kustomization.yaml", &(pulling(&charts.url, "1.2.3") + more));
    assert_eq!(built(&place.build(helm)), CONFIG_MAP.replace("text: a", "text: prod"));
}

#[test]
fn a_pull_that_fails_is_explained_and_leaves_nothing() {
    let Some(helm) = helm() else { return };
    let place = Place::new(&[]);
    let charts = Repository::serve(&place, helm);
    let url = charts.url.replace("http://", "http://me:secret@");
    place.write("app/kustomization.yaml", &pulling(&url, "7.7.7"));
    let output = place.build(helm);
    let stderr = failed(&output);
    let first = stderr.lines().next().unwrap();
    assert!(first.starts_with("Error: Helm cannot pull the chart web from http://***@127.0.0.1:"), "{first}");
    assert!(first.contains("not found") && first.ends_with("(kustomization.yaml:2) [helm]"), "{first}");
    assert!(!stderr.contains("secret"), "{stderr}");
    assert_eq!(place.names("cache/rustomize/helm"), [""; 0]);
}

/// The environment as Helm sees it, as a ConfigMap.
#[cfg(unix)]
const ENVIRONMENT: &str = "\
cat <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: env}
data: {config: \"$HELM_CONFIG_HOME\", cache: \"$HELM_CACHE_HOME\", data: \"$HELM_DATA_HOME\"}
END";

#[cfg(unix)]
#[test]
fn the_user_s_own_login_is_kept_unless_there_is_a_config_home() {
    let place = with_chart("helmCharts: [{name: web}]\n", "");
    let script = place.script(ENVIRONMENT);
    let data = |config: &str, cache: &str, data: &str| {
        let data = format!("  cache: {cache}\n  config: {config}\n  data: {data}\n");
        format!("apiVersion: v1\ndata:\n{data}kind: ConfigMap\nmetadata:\n  name: env\n")
    };
    assert_eq!(built(&place.build(&script)), data("\"\"", "\"\"", "\"\""));
    let output = place.command(&script).env("HELM_CONFIG_HOME", "/mine").output().unwrap();
    assert_eq!(built(&output), data("/mine", "\"\"", "\"\""));
    place.write("app/kustomization.yaml", "helmGlobals: {configHome: /given}\nhelmCharts: [{name: web}]\n");
    assert_eq!(built(&place.build(&script)), data("/given", "/given/.cache", "/given/.data"));
}

/// What kustomize makes of other output than resources.
#[cfg(unix)]
#[test]
fn output_that_is_no_resource() {
    let place = with_chart("helmCharts:\n- name: web\n", "");
    for (printed, expected) in [
        ("", Some("")),
        ("# nothing", Some("")),
        ("kind: AllowList\nmetadata: {name: a}\nitems: [x, y]", Some(ALLOW_LIST)),
        ("kind: List\nitems: [{kind: A, metadata: {name: a}}]", Some("kind: A\nmetadata:\n  name: a\n")),
        ("WARNING: something\n---\nkind: A\nmetadata: {name: a}", None),
        ("kind: A\n", None),
    ] {
        place.write("printed", printed);
        let script = place.script(&format!("cat {}", place.path("printed").display()));
        let output = place.build(&script);
        match expected {
            Some(expected) => assert_eq!(built(&output), expected, "{printed}"),
            None => {
                let stderr = failed(&output);
                assert!(stderr.contains("output of helm for the chart web"), "{stderr}");
                assert!(stderr.contains("rendered by this chart"), "{stderr}");
            }
        }
    }
}

#[cfg(unix)]
const ALLOW_LIST: &str = "items:\n- x\n- \"y\"\nkind: AllowList\nmetadata:\n  name: a\n";

#[cfg(unix)]
#[test]
fn a_program_that_is_not_helm_3_or_4_is_refused() {
    let place = with_chart("helmCharts:\n- name: web\n", "");
    for (version, message) in
        [("Client: v2.17.0+ga690bad", "Helm 3 or 4 is needed, and "), ("hello", "names no version: hello")]
    {
        let script = place.script("");
        fs::write(&script, format!("#!/bin/sh\necho '{version}'\n")).unwrap();
        let output = place.build(&script);
        let first = failed(&output).lines().next().unwrap().to_owned();
        assert!(first.contains(message) && first.ends_with("(kustomization.yaml:2) [helm]"), "{first}");
    }
}

/// Of several charts, the first asks for Helm's version.
#[cfg(unix)]
#[test]
fn helm_is_asked_for_its_version_once() {
    let place = with_chart("helmCharts: [{name: web}, {name: web}, {name: web}]\n", "");
    let script = place.script("");
    let log = place.path("log");
    fs::write(&script, format!("#!/bin/sh\necho $1 >> {}\necho '# v4.0.1'", log.display())).unwrap();
    assert_eq!(built(&place.build(&script)), "");
    assert_eq!(fs::read_to_string(log).unwrap(), "version\ntemplate\ntemplate\ntemplate\n");
}

#[test]
fn a_chart_without_values_is_refused_with_advice() {
    let Some(helm) = helm() else { return };
    let place = with_chart("helmCharts:\n- name: web\n", "");
    fs::remove_file(place.path("app/charts/web/values.yaml")).unwrap();
    let output = place.build(helm);
    let stderr = failed(&output);
    let first = "Error: charts/web/values.yaml: no such file or directory (kustomization.yaml:2) [missing-file]";
    assert_eq!(stderr.lines().next(), Some(first));
    assert!(stderr.contains("a chart needs a values.yaml"), "{stderr}");
}

/// The values may be secrets: they are to go in any case.
#[cfg(unix)]
#[test]
fn a_signal_removes_the_values_and_ends_helm() {
    use std::os::unix::process::ExitStatusExt;
    let place = with_chart("helmCharts: [{name: web}]\n", "password: a\n");
    fs::create_dir(place.path("tmp")).unwrap();
    let script = place.script(&format!("echo $$ > {0}.new; mv {0}.new {0}; sleep 60", place.path("started").display()));
    let mut build = place.command(&script).env("TMPDIR", place.path("tmp")).spawn().unwrap();
    let helm = until(|| fs::read_to_string(place.path("started")).ok());
    assert_eq!(place.names("tmp").len(), 1);
    assert!(send("-TERM", &build.id().to_string()));
    assert_eq!(build.wait().unwrap().signal(), Some(15));
    assert_eq!(place.names("tmp"), [""; 0]);
    if fs::File::open("/dev/tty").is_err() {
        until(|| (!send("-0", helm.trim()) || is_zombie(helm.trim())).then_some(()));
    }
}

/// Waits for something to come true.
#[cfg(unix)]
fn until<T>(happened: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(result) = happened() {
            return result;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_chart_that_is_nowhere_is_named_with_its_neighbours() {
    let Some(helm) = helm() else { return };
    let place = with_chart("helmCharts:\n- name: wep\n", "");
    let output = place.build(helm);
    let stderr = failed(&output);
    let first = stderr.lines().next().unwrap();
    assert_eq!(
        first,
        "Error: there is no chart charts/wep, and no `repo` to pull it from (kustomization.yaml:2) [missing-file]"
    );
    assert!(stderr.contains("help: there is a chart web in the same directory"), "{stderr}");
}
