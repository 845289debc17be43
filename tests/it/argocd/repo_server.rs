//! What a process of Argo CD's repo server finds around it, as far as this machine can make it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use rustomize_yaml::emit;

use crate::program::{copy, document, repository, script, skipped, text, undisturbed, write};

/// The user that Argo CD's images run as.
const ARGOCD: u32 = 999;
/// A user that is neither that one nor root.
const SOMEBODY: u32 = 12345;

/// A directory with the program under the name `kustomize`, a checkout `repo` and a directory `tmp` to write to.
///
/// The root of the checkout and its `.git` belong to somebody else, the rest to the user that runs the program.
pub struct RepoServer {
    directory: tempfile::TempDir,
    isolation: Isolation,
}

/// How much of Argo CD's surroundings there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Another user, and a file system that cannot be written to.
    UserAndReadOnlyRoot,
    /// Another user.
    User,
    /// Neither.
    Nothing,
}

impl RepoServer {
    /// With the checkout of `testdata/argocd/repo`.
    pub fn new() -> RepoServer {
        let server = RepoServer { directory: tempfile::tempdir().unwrap(), isolation: *ISOLATION };
        fs::set_permissions(server.directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(server.path("bin")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_rustomize"), server.path("bin/kustomize")).unwrap();
        copy(&repository("testdata/argocd/repo"), &server.path("repo"));
        fs::create_dir(server.path("tmp")).unwrap();
        let git = undisturbed("git").args(["init", "-q"]).current_dir(server.path("repo")).status();
        assert!(git.unwrap().success());
        server.hand_over(&["repo", "tmp"]);
        server
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file as the user that runs the program.
    pub fn write(&self, name: &str, content: &str) {
        write(&self.path(name), content);
        self.hand_over(&[name]);
    }

    /// Writes a shell script as the user that runs the program.
    pub fn script(&self, name: &str, body: &str) {
        script(&self.path(name), body);
        self.hand_over(&[name]);
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// What is in the directory for temporary files.
    pub fn leftovers(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Gives these to the user that runs the program, but for the root of the checkout and its `.git`.
    pub fn hand_over(&self, names: &[&str]) {
        if self.isolation == Isolation::Nothing {
            return;
        }
        names.iter().for_each(|name| give(&self.path(name), ARGOCD));
        lchown(self.path("repo"), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        // Whatever the umask of those who run the tests, everybody may read what is checked out.
        let readable = Command::new("chmod").args(["-R", "go+rX"]).arg(self.path("repo")).status().unwrap();
        assert!(readable.success());
        give(&self.path("repo/.git"), SOMEBODY);
    }

    /// `kustomize` in a directory, in Argo CD's surroundings: no home, and nothing but `tmp` and `repo` to write to.
    pub fn command(&self, directory: &str, arguments: &[&str]) -> Command {
        let program = self.path("bin/kustomize");
        let mut command = match self.isolation {
            Isolation::Nothing => Command::new(&program),
            Isolation::User => as_user(&program),
            Isolation::UserAndReadOnlyRoot => {
                let mut command = Command::new("unshare");
                command.args(["--mount", "sh", "-c", READ_ONLY_ROOT, "sh"]).arg(self.directory.path());
                command.args(user_words()).arg(&program);
                command
            }
        };
        command.args(arguments).current_dir(self.path(directory)).stdin(Stdio::null());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("TMPDIR", self.path("tmp"));
        command
    }

    /// Runs `kustomize edit …` in the app's directory, with the environment that is inherited; it must succeed quietly.
    pub fn edit(&self, app: &str, arguments: &[&str]) {
        let output = self.command(app, &[&["edit"], arguments].concat()).output().unwrap();
        let words = format!("{arguments:?}: {}", text(&output.stderr));
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{words}");
    }

    /// Runs `kustomize build` with the app's absolute path, in the root of the checkout.
    pub fn build(&self, app: &str, options: &[&str]) -> Output {
        let path = self.path(app);
        let arguments = [&["build", path.to_str().unwrap()], options].concat();
        self.command("repo", &arguments).envs(BUILD_ENVIRONMENT).output().unwrap()
    }
}

/// What Argo CD does itself between two calls: reads the kustomization, appends patches, writes all of it anew.
pub fn append_patches(app: &Path, patches: &[&str]) {
    let file = app.join("kustomization.yaml");
    let mut tree = document(&fs::read_to_string(&file).unwrap());
    let root = tree.root();
    let list = tree.get(root, "patches").unwrap_or_else(|| {
        let list = tree.new_sequence();
        tree.set(root, "patches", list);
        list
    });
    for patch in patches {
        let patch = document(patch);
        let copy = tree.graft(&patch, patch.root());
        tree.push(list, copy);
    }
    let mut written = String::new();
    emit(&tree, root, &mut written).unwrap();
    assert!(!written.contains('#'));
    fs::write(file, written).unwrap();
}

/// Mounts all but the directory `$1` read-only, and goes on with the other words.
const READ_ONLY_ROOT: &str = "\
place=$1 && shift && mount --bind \"$place\" \"$place\" && mount -o remount,bind,ro / && cd \"$(pwd)\" && exec \"$@\"";

/// The variables of a build: those of the app, and those that hand credentials to git.
pub const BUILD_ENVIRONMENT: [(&str, &str); 15] = [
    ("ARGOCD_APP_NAME", "shop"),
    ("ARGOCD_APP_NAMESPACE", "shop"),
    ("ARGOCD_APP_PROJECT_NAME", "default"),
    ("ARGOCD_APP_REVISION", "0123456789abcdef0123456789abcdef01234567"),
    ("ARGOCD_APP_REVISION_SHORT", "0123456"),
    ("ARGOCD_APP_REVISION_SHORT_8", "01234567"),
    ("ARGOCD_APP_SOURCE_REPO_URL", "https://git.example.com/team/apps"),
    ("ARGOCD_APP_SOURCE_PATH", "app"),
    ("ARGOCD_APP_SOURCE_TARGET_REVISION", "main"),
    ("GIT_ASKPASS", "argocd"),
    ("ARGOCD_GIT_ASKPASS_NONCE", "nonce"),
    ("GIT_SSL_NO_VERIFY", "true"),
    ("GIT_TERMINAL_PROMPT", "false"),
    ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ("NO_PROXY", "127.0.0.1"),
];

fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).unwrap();
    if fs::symlink_metadata(path).unwrap().is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give(&entry.unwrap().path(), user));
    }
}

fn user_words() -> [String; 5] {
    let [user, group] = ["--reuid", "--regid"].map(|option| format!("{option}={ARGOCD}"));
    ["setpriv".to_owned(), user, group, "--clear-groups".to_owned(), "--no-new-privs".to_owned()]
}

fn as_user(program: &Path) -> Command {
    let [setpriv, options @ ..] = user_words();
    let mut command = Command::new(setpriv);
    command.args(options).arg(program);
    command
}

/// What this machine can do, found out and said aloud once for all tests.
static ISOLATION: LazyLock<Isolation> = LazyLock::new(isolation);

/// Finds out what this machine can do, and says aloud what it cannot.
fn isolation() -> Isolation {
    let succeeds = |command: &mut Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if fs::read_to_string("/etc/passwd").is_ok_and(|users| users.contains(&format!(":x:{ARGOCD}:"))) {
        skipped(&format!("user {ARGOCD} has an entry in /etc/passwd here, in Argo CD's image it has not"));
    }
    if !succeeds(&mut as_user(Path::new("true"))) {
        skipped(&format!("only root can become user {ARGOCD}, by setpriv; the calls are made as the present user"));
        return Isolation::Nothing;
    }
    let script = [READ_ONLY_ROOT, "sh", "/proc/self", "true"];
    if !succeeds(Command::new("unshare").args(["--mount", "sh", "-c"]).args(script)) {
        skipped("nothing can be mounted here; the calls are made with a file system that can be written to");
        return Isolation::User;
    }
    Isolation::UserAndReadOnlyRoot
}
