//! What is to be done when a signal ends the process: end the programs that it has started and remove its directories.
//!
//! Signals are the affair of the program, not of a library in it, so nothing is caught unless
//! [`clean_up_on_signals`] has been called, and nothing is caught before there is something to clean up.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static WANTED: AtomicBool = AtomicBool::new(false);
static IN_USE: Mutex<InUse> = Mutex::new(InUse { directories: Vec::new(), children: Vec::new() });

/// What a signal has to clean up.
struct InUse {
    directories: Vec<PathBuf>,
    /// The programs that have been started and not yet waited for.
    children: Vec<u32>,
}

/// Lets SIGINT, SIGTERM and SIGHUP remove what this process has fetched, and end what it has started, before they end
/// the process itself. For programs that leave these signals alone; call it once, before the first build.
pub fn clean_up_on_signals() {
    WANTED.store(true, Ordering::Relaxed);
}

/// Has a directory removed when a signal ends the process.
pub fn remove_on_signals(directory: &Path) {
    if !WANTED.load(Ordering::Relaxed) {
        return;
    }
    let mut in_use = in_use();
    if in_use.directories.is_empty() {
        handler::install();
    }
    in_use.directories.push(directory.to_owned());
}

/// Starts a program that is to end with this process.
pub(super) fn spawn(command: &mut Command) -> io::Result<Running> {
    handler::separate(command);
    // While the signal is handled the lock is held, and so nothing is started any more.
    let mut in_use = in_use();
    let child = command.spawn()?;
    in_use.children.push(child.id());
    Ok(Running(child))
}

/// Runs a program that is to end with this process; what it has printed, and how it ended.
pub fn output_of(command: &mut Command) -> io::Result<Output> {
    // Files and not pipes, so that one can be read after the other, and nobody waits for what the program leaves running.
    let (mut stdout, mut stderr) = (temporary_file()?, temporary_file()?);
    command.stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let status = spawn(command)?.0.wait()?;
    Ok(Output { status, stdout: read_from_start(&mut stdout)?, stderr: read_from_start(&mut stderr)? })
}

/// An error of its own kind: that there is no directory for it does not mean that there is no such program.
fn temporary_file() -> io::Result<File> {
    let place = std::env::temp_dir();
    tempfile::tempfile()
        .map_err(|error| io::Error::other(format!("no file can be made in {}: {error}", place.display())))
}

pub(super) fn read_from_start(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A program that has been started; dropping it ends the program.
#[derive(Debug)]
pub(super) struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let mut in_use = in_use();
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            handler::kill(self.0.id());
            // For the systems where the line above does nothing.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
        in_use.children.retain(|id| *id != self.0.id());
    }
}

/// The lists hold whole entries only, so what a panicking thread leaves behind is sound.
fn in_use() -> MutexGuard<'static, InUse> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
mod handler {
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::time::Duration;
    use std::{fs, thread};

    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    /// Waits for the signals in a thread of its own. One that the process ignores (`nohup`) stays ignored.
    pub fn install() {
        let ignored = ignored();
        let caught = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        if let Ok(mut signals) = Signals::new(caught) {
            thread::spawn(move || signals.forever().for_each(end));
        }
    }

    /// Does what there is to do, and then what the signal would have done.
    fn end(signal: i32) {
        let in_use = super::in_use();
        in_use.children.iter().for_each(|id| kill(*id));
        for directory in &in_use.directories {
            // A program that is about to end may still add a file.
            for _ in 0..50 {
                match fs::remove_dir_all(directory) {
                    Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                        thread::sleep(Duration::from_millis(10));
                    }
                    _ => break,
                }
            }
        }
        let _ = emulate_default_handler(signal);
    }

    /// The mask of ignored signals, where the system tells.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    /// Gives the program a group of its own, so that what it starts can be ended with it.
    ///
    /// Not at a terminal: only the group in the foreground may ask there for a password, and Ctrl-C reaches all of it.
    pub fn separate(command: &mut Command) {
        if !at_terminal() {
            command.process_group(0);
        }
    }

    fn at_terminal() -> bool {
        fs::File::open("/dev/tty").is_ok()
    }

    /// Ends a program and what it has started.
    pub fn kill(id: u32) {
        let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return };
        // The first fails for a program without a group of its own.
        if kill_process_group(pid, Signal::KILL).is_err() {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
mod handler {
    pub fn install() {}
    pub fn separate(_: &mut std::process::Command) {}
    pub fn kill(_: u32) {}
}
