//! Counting.

use super::Counts;
use anyhow::{Context, Result, anyhow, bail};
use rustomize_workloads::Workload;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// What stands behind the name of a workload that is to be built with this option.
const PROVENANCE: &str = " --provenance";

/// Counts one build of each workload, as many at a time as there are cores.
pub fn count(program: &Path, names: Vec<String>) -> Result<Counts> {
    let mut names: Vec<String> = names.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    // The largest first, so that no core is left with them in the end.
    names.sort_by_key(|name| std::cmp::Reverse(name.rsplit_once('-').and_then(|(_, size)| size.parse::<u32>().ok())));
    let names = Mutex::new(names.into_iter());
    let counts = Mutex::new(Counts::new());
    let next = || names.lock().ok()?.next();
    let work = |core: usize| -> Result<()> {
        stay_on(core)?;
        while let Some(name) = next() {
            let count = count_one(program, &name)?;
            counts.lock().map_err(|_| anyhow!("another count has failed"))?.insert(name, count);
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|core| scope.spawn(move || work(core))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("counting panics"))?)
    })?;
    counts.into_inner().context("a count has failed")
}

/// Keeps this thread and the programs that it starts on one core, so that those start no threads of their own, whose
/// waiting would be counted.
#[cfg(target_os = "linux")]
fn stay_on(core: usize) -> Result<()> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    let this_thread = nix::unistd::Pid::from_raw(0);
    let allowed = sched_getaffinity(this_thread)?;
    let Some(core) = (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false)).nth(core) else {
        return Ok(());
    };
    let mut one = CpuSet::new();
    one.set(core)?;
    Ok(sched_setaffinity(this_thread, &one)?)
}

#[cfg(not(target_os = "linux"))]
fn stay_on(_core: usize) -> Result<()> {
    Ok(())
}

fn count_one(program: &Path, name: &str) -> Result<u64> {
    let (name, is_explained) = name.strip_suffix(PROVENANCE).map_or((name, false), |name| (name, true));
    let workload = Workload::named(name).with_context(|| format!("there is no workload `{name}`"))?;
    let directory = tempfile::tempdir().context("cannot make a directory for the workload")?;
    workload.write(directory.path())?;
    let mut total = 0;
    for build in &workload.builds {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(["build", build]);
        if is_explained {
            command.args(["--provenance", "/dev/null"]);
        }
        // What is in the environment is read at start, so only what is needed stays.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).current_dir(&directory);
        let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
        let messages = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("{name} fails:\n{messages}");
        }
        total += collected(&messages).with_context(|| format!("callgrind counted nothing:\n{messages}"))?;
    }
    Ok(total)
}

/// The number in `==1234== Collected : 5678`.
fn collected(messages: &str) -> Option<u64> {
    let line = messages.lines().find_map(|line| line.split_once("Collected : "))?;
    line.1.split_whitespace().next()?.parse().ok()
}
