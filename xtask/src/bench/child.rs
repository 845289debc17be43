//! One process, measured.
//!
//! The peak of memory that the system reports for a finished child is at least that of the process which started it, so
//! each measured process is started by a small one of its own: this program, called as `xtask measure`.

use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The settings of `xtask measure`.
#[derive(Args)]
pub struct Options {
    /// Where the program's output goes
    #[arg(long)]
    output: PathBuf,
    /// End the program after so many seconds
    #[arg(long)]
    limit: Option<f64>,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<PathBuf>,
}

/// What one process took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub time: Duration,
    /// The most memory that it had, in bytes; `None` where the system does not say.
    pub peak: Option<u64>,
    /// Whether it came to its end, and did not reach the limit.
    pub finished: bool,
}

/// Runs `xtask measure`: prints nanoseconds, peak memory in bytes (0 for unknown), and whether the program came to its
/// end. Fails where it fails.
pub fn run(options: &Options) -> Result<()> {
    let [program, arguments @ ..] = &*options.command else { bail!("no program given") };
    let output = File::create(&options.output).context("cannot write the output")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(output);
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot run {}", program.display()))?;
    let status = match options.limit {
        None => Some(child.wait()?),
        Some(limit) => wait_until(&mut child, start + Duration::from_secs_f64(limit))?,
    };
    let time = start.elapsed();
    if status.is_some_and(|status| !status.success()) {
        bail!("{} fails", program.display());
    }
    println!("{} {} {}", time.as_nanos(), peak_of_children().unwrap_or(0), status.is_some());
    Ok(())
}

/// `None` when the time is up; the child is then ended.
fn wait_until(child: &mut Child, end: Instant) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

#[cfg(unix)]
fn peak_of_children() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?.max_rss();
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(peak).ok().map(|peak| peak * unit)
}

#[cfg(not(unix))]
fn peak_of_children() -> Option<u64> {
    None
}

/// Runs a program in `directory` and measures it; its output goes to the file `output`.
///
/// Fails where the program fails.
pub fn measure(command: &[PathBuf], directory: &Path, output: &Path, limit: Option<Duration>) -> Result<Taken> {
    let mut helper = Command::new(std::env::current_exe()?);
    helper.arg("measure").arg("--output").arg(output).current_dir(directory);
    if let Some(limit) = limit {
        helper.arg(format!("--limit={}", limit.as_secs_f64()));
    }
    let answer = helper.arg("--").args(command).stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [time, peak, finished] = parts[..] else {
        bail!("{}\n{}", shown(command), String::from_utf8_lossy(&answer.stderr).trim());
    };
    let peak: u64 = peak.parse()?;
    Ok(Taken {
        time: Duration::from_nanos(time.parse()?),
        peak: (peak > 0).then_some(peak),
        finished: finished == "true",
    })
}

fn shown(command: &[PathBuf]) -> String {
    let words: Vec<String> = command.iter().take(4).map(|word| word.display().to_string()).collect();
    words.join(" ")
}
