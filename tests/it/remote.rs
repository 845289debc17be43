//! Repositories and files that are fetched, all from this machine.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::place::{Place, assert_built, assert_failed, config_map, server};
use crate::program::{command, skipped, text, undisturbed};

#[test]
fn a_base_can_be_a_directory_of_a_repository() {
    let place = Place::new();
    place.resources(&[&place.url("//dev?ref=v1")], "namePrefix: my-\n");
    assert_built(&place.build(), &config_map("first").replace("name: app", "name: my-dev-app"));
    assert_eq!(place.leftovers(), 0);
}

#[test]
fn a_component_can_be_a_directory_of_a_repository() {
    let place = Place::new();
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -x\n";
    place.write("app/component/kustomization.yaml", component);
    place.git("app", &["add", "."]);
    place.git("app", &["commit", "-qm", "component"]);
    let components = format!("components:\n- {}\n", place.url("//component"));
    place.resources(&[&place.url("//base?ref=v1")], &components);
    assert_built(&place.build(), &config_map("first").replace("name: app", "name: app-x"));
}

#[test]
fn the_target_can_be_a_repository() {
    let place = Place::new();
    let mut command = command(place.directory.path(), &["build", &place.url("//base")]);
    let output = command.env("TMPDIR", place.path("tmp")).output().unwrap();
    assert_built(&output, &config_map("second"));
    assert_eq!(place.leftovers(), 0);
}

/// As `kubectl kustomize` prints it.
#[test]
fn origins_name_repository_and_revision() {
    let place = Place::new();
    place.resources(&[&place.url("//base?ref=v1")], "buildMetadata: [originAnnotations]\n");
    let origin = format!(
        "    config.kubernetes.io/origin: |\n      path: base/cm.yaml\n      repo: {}\n      ref: v1\n",
        place.url("")
    );
    let metadata = format!("metadata:\n  annotations:\n{origin}");
    assert_built(&place.build(), &config_map("first").replace("metadata:\n", &metadata));
}

#[test]
fn an_error_names_the_url_and_the_entry_and_lets_git_speak() {
    let place = Place::new();
    let url = place.url("//base?ref=v9");
    place.resources(&["x.yaml", &url], "");
    place.write("local/x.yaml", "");
    let output = place.build();
    assert_failed(&output, "couldn't find remote ref v9");
    assert_failed(&output, "local/kustomization.yaml:3");
    assert_failed(&output, &url);
    assert_eq!(place.leftovers(), 0);
}

#[test]
fn a_file_in_a_repository_is_shown_as_part_of_it() {
    let place = Place::new();
    place.write("app/base/kustomization.yaml", "resources: [cmm.yaml]\n");
    place.git("app", &["commit", "-qam", "broken"]);
    place.resources(&[&place.url("//base")], "");
    let output = place.build();
    assert_failed(&output, &format!("{}//base/cmm.yaml: no such file", place.url("")));
    assert_failed(&output, "there is cm.yaml in the same directory");
}

#[test]
fn without_git_the_error_says_so() {
    let place = Place::new();
    place.resources(&[&place.url("//base")], "");
    let output = place.command().env("PATH", place.path("tmp")).output().unwrap();
    assert_failed(&output, "cannot run git");
}

#[test]
fn without_a_directory_for_temporary_files_the_error_says_so() {
    let place = Place::new();
    place.resources(&[&place.url("//base")], "");
    let output = place.command().env("TMPDIR", place.path("nowhere")).output().unwrap();
    assert_failed(&output, "set TMPDIR");
}

#[test]
fn repositories_of_one_list_are_fetched_at_one_time_and_each_once() {
    let place = Place::new();
    place.git(".", &["clone", "-q", "app", "other"]);
    let url = |name: &str, rest: &str| format!("ssh://me@host{}{rest}", place.path(name).display());
    place.write("local/again/kustomization.yaml", &format!("namePrefix: b-\nresources: [{}]\n", url("app", "//dev")));
    place.resources(&[&url("app", "//base"), &url("other", "//dev"), "again"], "");
    // Each waits for the other, so that this ends well only when both come at one time.
    let together = "echo \"$path\" >> log\n\
                    for i in $(seq 300); do [ $(wc -l < log) -ge 2 ] && exec git upload-pack \"$path\"; sleep 0.1; done\n\
                    exit 1";
    let output = place.over_ssh(&mut place.command(), together).output().unwrap();
    let second = config_map("second");
    let [dev, again] = ["dev-app", "b-dev-app"].map(|name| second.replace("name: app", &format!("name: {name}")));
    assert_built(&output, &[second, again, dev].join("---\n"));
    assert_eq!(fs::read_to_string(place.path("log")).unwrap().lines().count(), 2);
}

#[test]
fn a_fetch_takes_no_longer_than_the_url_allows() {
    let place = Place::new();
    place.resources(&["ssh://me@host/a/b?timeout=300ms"], "");
    let start = Instant::now();
    let output = place.over_ssh(&mut place.command(), "sleep 60").output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_failed(&output, "`git fetch` took longer than 300ms");
    assert_eq!(place.leftovers(), 0);
}

/// A build that waits for a host which does not answer.
fn waiting(place: &Place) -> Child {
    place.resources(&["ssh://me@host/a/b"], "");
    let child =
        place.over_ssh(&mut place.command(), "echo $$ > started; sleep 60").stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while fs::read_to_string(place.path("started")).unwrap_or_default().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30), "git was not started");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(place.leftovers(), 1);
    child
}

/// Sends a signal by number or name; says whether there is such a process.
pub fn send(signal: &str, process: &str) -> bool {
    let status = Command::new("kill").args([signal, process]).stderr(Stdio::null()).status().unwrap();
    status.success()
}

#[cfg(unix)]
#[test]
fn a_signal_removes_what_was_fetched_and_ends_what_was_started() {
    use std::os::unix::process::ExitStatusExt;
    for (signal, number) in [("-TERM", 15), ("-INT", 2)] {
        let place = Place::new();
        let mut child = waiting(&place);
        assert!(send(signal, &child.id().to_string()));
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert_eq!(place.leftovers(), 0, "{signal}");
        if fs::File::open("/dev/tty").is_ok() {
            skipped("at a terminal, what git has started is ended by the terminal");
            continue;
        }
        let ssh = fs::read_to_string(place.path("started")).unwrap();
        let start = Instant::now();
        while send("-0", ssh.trim()) && !is_zombie(ssh.trim()) {
            assert!(start.elapsed() < Duration::from_secs(10), "what git has started goes on");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Whether the process has ended and nobody has asked how, as happens where the first process does not care.
pub fn is_zombie(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

#[cfg(unix)]
#[test]
fn what_a_killed_process_leaves_is_removed_by_the_next() {
    let place = Place::new();
    let mut child = waiting(&place);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.leftovers(), 1);
    place.resources(&[&place.url("//base")], "");
    assert_built(&place.build(), &config_map("second"));
    assert_eq!(place.leftovers(), 0);
}

#[test]
fn a_home_is_not_needed() {
    let place = Place::new();
    place.resources(&[&place.url("//base")], "");
    let mut command = place.command();
    command.env_remove("GIT_CONFIG_GLOBAL");
    let homeless = command.env_remove("HOME").env_remove("XDG_CONFIG_HOME").output().unwrap();
    assert_built(&homeless, &config_map("second"));
    let home = place.path("home");
    fs::create_dir(&home).unwrap();
    let mut permissions = fs::metadata(&home).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&home, permissions).unwrap();
    assert_built(&command.env("HOME", &home).output().unwrap(), &config_map("second"));
}

#[test]
fn the_repository_of_a_hook_is_left_alone() {
    let place = Place::new();
    place.git(".", &["init", "-q", "mine"]);
    place.resources(&[&place.url("//base")], "");
    let mine = place.path("mine/.git");
    let before = fs::read_dir(&mine).unwrap().count();
    let mut command = place.command();
    command.env("GIT_DIR", &mine).env("GIT_INDEX_FILE", mine.join("index")).env("GIT_WORK_TREE", place.path("mine"));
    assert_built(&command.output().unwrap(), &config_map("second"));
    assert_eq!(fs::read_dir(&mine).unwrap().count(), before);
}

/// Whether this process may give files away; says aloud when it may not.
#[cfg(unix)]
fn gave_away(path: &Path) -> bool {
    let status = Command::new("chown").args(["-R", "12345"]).arg(path).stderr(Stdio::null()).status();
    let given = status.is_ok_and(|status| status.success());
    if !given {
        skipped("only root can give a repository to another user");
    }
    given
}

#[cfg(unix)]
#[test]
fn a_working_tree_of_another_user_can_be_built() {
    let place = Place::new();
    place.git(".", &["init", "-q", "local"]);
    place.resources(&[&place.url("//base")], "");
    if gave_away(&place.path("local")) {
        assert_built(&place.build(), &config_map("second"));
    }
}

#[cfg(unix)]
#[test]
fn a_local_repository_of_another_user_needs_the_leave_that_git_asks_for() {
    let place = Place::new();
    place.resources(&[&place.url("//base")], "");
    if gave_away(&place.path("app")) {
        // Git asks since 2.45.1, so both are right: a build, or an error that says what to do.
        let output = place.build();
        if output.status.success() {
            assert_built(&output, &config_map("second"));
        } else {
            assert_failed(&output, "dubious ownership");
            assert_failed(&output, "git config --global --add safe.directory");
        }
    }
}

#[test]
fn files_come_over_http() {
    let place = Place::new();
    let resource = server("200 OK", config_map("remote"));
    let data = server("200 OK", "A=1\n".to_owned());
    let options = "generatorOptions: {disableNameSuffixHash: true}\n";
    let generator = format!("{options}configMapGenerator:\n- name: data\n  envs: [\"{data}/env\"]\n");
    place.resources(&[&format!("{resource}/a/b/cm.yaml")], &generator);
    let generated = "apiVersion: v1\ndata:\n  A: \"1\"\nkind: ConfigMap\nmetadata:\n  name: data\n";
    assert_built(&place.build(), &format!("{}---\n{generated}", config_map("remote")));
}

#[test]
fn a_file_that_the_server_has_not_is_an_error() {
    let place = Place::new();
    let url = format!("{}/cm.yaml", server("404 Not Found", String::new()));
    place.resources(&[&url], "");
    assert_failed(&place.build(), &format!("cannot fetch {url}: the server answered 404 Not Found"));
}

#[test]
fn redirects_are_followed() {
    let place = Place::new();
    let found = server("200 OK", config_map("remote"));
    let moved = server(format!("302 Found\r\nLocation: {found}/new/cm.yaml"), String::new());
    place.resources(&[&format!("{moved}/cm.yaml")], "");
    assert_built(&place.build(), &config_map("remote"));
    let turning = server("301 Moved Permanently\r\nLocation: /again", String::new());
    place.resources(&[&format!("{turning}/cm.yaml")], "");
    assert_failed(&place.build(), "more than 10 redirects");
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let place = Place::new();
    let proxy = server("502 Bad Gateway", String::new());
    place.resources(&["http://cm.example.com/cm.yaml"], "");
    let output =
        place.command().env("HTTP_PROXY", &proxy).env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    assert_failed(&output, "proxy server responded 502");
    let direct = server("200 OK", config_map("remote"));
    place.resources(&[&format!("{direct}/cm.yaml")], "");
    assert_built(&place.command().env("HTTP_PROXY", &proxy).output().unwrap(), &config_map("remote"));
}

#[test]
fn a_page_of_a_repository_leads_to_the_repository() {
    let place = Place::new();
    for status in ["200 OK", "404 Not Found"] {
        let url = format!("{}/org/repo", server(status, "<html>\n<p>a: b: c\n".to_owned()));
        place.resources(&[&format!("{url}//base")], "");
        let mut command = place.command();
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", format!("url.{}.insteadOf", place.url("")));
        assert_built(&command.env("GIT_CONFIG_VALUE_0", &url).output().unwrap(), &config_map("second"));
    }
}

#[test]
fn when_neither_file_nor_repository_can_be_had_both_are_spoken_of() {
    let place = Place::new();
    place.resources(&[&format!("{}/org/repo?timeout=5", server("404 Not Found", String::new()))], "");
    let output = place.build();
    assert_failed(&output, "as a file: ");
    assert_failed(&output, "the server answered 404 Not Found");
    assert_failed(&output, "`git fetch");
}

#[test]
fn credentials_in_a_url_stay_secret() {
    let place = Place::new();
    let url = server("404 Not Found", String::new()).replace("http://", "http://me:s3cret@");
    let mut command = command(place.directory.path(), &["build", &format!("{url}/org/repo")]);
    let output = command.env("TMPDIR", place.path("tmp")).output().unwrap();
    assert_failed(&output, "http://***@127.0.0.1");
    assert!(!text(&output.stderr).contains("s3cret"), "{}", text(&output.stderr));
}

#[cfg(target_os = "linux")]
#[test]
fn what_fetches_nothing_opens_no_socket_and_starts_no_process() {
    let place = Place::new();
    place.write("local/cm.yaml", &config_map("local"));
    place.resources(&["cm.yaml"], "namePrefix: x-\n");
    let trace = place.path("trace");
    let build = place.command();
    let mut strace = undisturbed("strace");
    strace.args(["-f", "-e", "trace=socket,connect,execve,fork,vfork", "-o"]).arg(&trace);
    strace.arg(build.get_program()).args(build.get_args()).current_dir(place.directory.path());
    match strace.output() {
        Ok(output) if output.status.success() => {
            let calls = fs::read_to_string(&trace).unwrap();
            let calls: Vec<&str> = calls.lines().filter(|line| !line.contains("+++ exited")).collect();
            assert!(calls.len() == 1 && calls[0].contains("execve("), "{calls:#?}");
        }
        outcome => skipped(&format!("strace cannot be used here: {outcome:?}")),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn progress_is_shown_at_a_terminal_alone() {
    let place = Place::new();
    place.resources(&[&place.url("//base")], "");
    assert_eq!(text(&place.build().stderr), "");
    let mut script = undisturbed("script");
    let program = env!("CARGO_BIN_EXE_rustomize");
    script.args(["-qec", &format!("'{program}' build local > out"), "/dev/null"]).current_dir(place.directory.path());
    match script.env("TMPDIR", place.path("tmp")).stdin(Stdio::null()).output() {
        Ok(output) => {
            assert_eq!(text(&output.stdout), format!("fetching {}\r\n", place.url("")));
            assert_eq!(fs::read_to_string(place.path("out")).unwrap(), config_map("second"));
        }
        Err(error) => skipped(&format!("the program script cannot be used here: {error}")),
    }
}
