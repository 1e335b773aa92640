//! Child processes that never outlive the command.
//!
//! Every child runs below a supervisor: this same program, started with the
//! read end of a pipe whose write end only the command holds. When the command
//! ends, for whatever reason (done, failed, panicked, killed with SIGKILL), the
//! kernel closes that end, and the supervisor ends the child's process group.

use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::Outcome;
use crate::workspace::{create_folder, read};

/// The hidden command a supervisor is started with.
pub(crate) const SUPERVISE: &str = "--supervise";

const POLL: Duration = Duration::from_millis(50);
/// How long a group may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(8);
/// How long a step may take before it is worth a word.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a step says it is still at work when no one watches a terminal.
const REMINDER: Duration = Duration::from_secs(20);
/// How long a program may run before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(30 * 60);
/// The lines of a failed program's log that are shown, from its beginning
/// and from its end.
const HEAD: usize = 12;
const TAIL: usize = 50;

/// A program to run, as data.
#[derive(Clone)]
pub(crate) struct Program {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(String, OsString)>,
    folder: PathBuf,
}

impl Program {
    /// A program run in a folder.
    pub(crate) fn new(program: impl Into<OsString>, folder: &Path) -> Self {
        Self { program: program.into(), arguments: Vec::new(), variables: Vec::new(), folder: folder.to_path_buf() }
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<A: Into<OsString>>(mut self, more: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Starts it; its output goes to the log file.
    pub(crate) fn start(&self, log: &Path) -> Outcome<Running> {
        if let Some(folder) = log.parent() {
            create_folder(folder)?;
        }
        let output = File::create(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let errors = output.try_clone().map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut child = Command::new(own_program()?)
            .arg0("xtask")
            .arg(SUPERVISE)
            .arg(&self.program)
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.name()))?;
        let leash = child.stdin.take();
        Ok(Running { name: self.name(), child, leash, log: log.to_path_buf() })
    }

    /// Runs it to its end and shows how long it takes; a failure shows the
    /// end of its log.
    pub(crate) fn run(&self, label: &str, log: &Path) -> Outcome {
        let mut progress = Progress::new(label);
        let mut running = self.start(log)?;
        loop {
            if let Some(status) = running.exited()? {
                progress.clear();
                return if status.success() { Ok(()) } else { Err(running.failure(status)) };
            }
            if progress.started.elapsed() > LIMIT {
                progress.clear();
                let minutes = LIMIT.as_secs() / 60;
                return Err(format!("{} was stopped after {minutes} min\n{}", self.name(), tail(log)));
            }
            progress.tick();
            thread::sleep(POLL);
        }
    }

    /// Runs a short command and answers what it prints.
    pub(crate) fn capture(&self) -> Outcome<String> {
        let output = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start {}: {error}", self.name()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(format!("{} failed: {}", self.name(), errors.trim()))
        }
    }

    fn name(&self) -> String {
        Path::new(&self.program)
            .file_name()
            .map_or_else(|| self.program.to_string_lossy().into_owned(), |name| name.to_string_lossy().into_owned())
    }
}

/// A program at work. Dropping it ends it and everything it started.
pub(crate) struct Running {
    name: String,
    child: Child,
    leash: Option<ChildStdin>,
    log: PathBuf,
}

impl Running {
    /// How it ended, if it has.
    pub(crate) fn exited(&mut self) -> Outcome<Option<ExitStatus>> {
        self.child.try_wait().map_err(|error| format!("cannot wait for {}: {error}", self.name))
    }

    /// The file its output goes to.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Says how it failed, with the end of its log.
    pub(crate) fn failure(&self, status: ExitStatus) -> String {
        format!("{} failed ({status})\n{}", self.name, tail(&self.log))
    }

    /// Asks it to end and waits until it and its children are gone.
    pub(crate) fn stop(&mut self) {
        self.leash = None;
        // The supervisor kills after its grace, so this wait has an end.
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A log's beginning and end, with where the rest is. Some programs say what
/// is wrong first and then how they are used.
pub(crate) fn tail(log: &Path) -> String {
    let Ok(text) = read(log) else {
        return format!("its log {} cannot be read", log.display());
    };
    let lines: Vec<&str> = text.lines().filter(|line| !is_cargo_progress(line)).collect();
    if lines.len() <= HEAD + TAIL {
        return lines.iter().map(|line| format!("    {line}\n")).collect();
    }
    let head = lines[..HEAD].iter();
    let tail = lines[lines.len() - TAIL..].iter();
    let cut = format!("… (the whole log: {})", log.display());
    head.chain([&cut.as_str()]).chain(tail).map(|line| format!("    {line}\n")).collect()
}

/// True for the lines cargo prints while all goes well.
fn is_cargo_progress(line: &str) -> bool {
    let words = ["Compiling ", "Checking ", "Downloading ", "Downloaded ", "Locking ", "Adding "];
    words.iter().any(|word| line.trim_start().starts_with(word))
}

/// A line that says what is being done and for how long, once it takes long
/// enough to wonder.
struct Progress {
    label: String,
    started: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

impl Progress {
    fn new(label: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { label: label.to_owned(), started: Instant::now(), shown: None, terminal }
    }

    fn tick(&mut self) {
        let elapsed = self.started.elapsed();
        let due = match self.shown {
            None => elapsed > PATIENCE,
            Some(shown) if self.terminal => shown.elapsed() > Duration::from_secs(1),
            Some(shown) => shown.elapsed() > REMINDER,
        };
        if !due {
            return;
        }
        self.shown = Some(Instant::now());
        if self.terminal {
            eprint!("\r\x1b[2K  {} … {} s", self.label, elapsed.as_secs());
            let _ = std::io::stderr().flush();
        } else {
            eprintln!("  {} … {} s", self.label, elapsed.as_secs());
        }
    }

    fn clear(&mut self) {
        if self.shown.is_none() {
            return;
        }
        if self.terminal {
            eprint!("\r\x1b[2K");
        }
        eprintln!("  {}: {:.1} s", self.label, self.started.elapsed().as_secs_f32());
    }
}

/// True once the person at the terminal, or the system, asks the command to end.
pub(crate) fn stop_requested() -> Outcome<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&flag))
            .map_err(|error| format!("cannot listen for signals: {error}"))?;
    }
    Ok(flag)
}

/// Runs a program in a process group of its own until it ends or the command
/// that asked for it is gone.
pub(crate) fn supervise(command: &[String]) -> ExitCode {
    match supervise_until_end(command) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(127)
        }
    }
}

fn supervise_until_end(command: &[String]) -> Outcome<u8> {
    let (program, arguments) = command.split_first().ok_or("nothing to supervise")?;
    // A signal meant for the command reaches the supervisor too in some
    // shells; only the pipe decides when to end.
    let _ignored = stop_requested()?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (gone, hear) = mpsc::channel();
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        match hear.recv_timeout(POLL) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            _ => {
                signal_group(group, Signal::TERM);
                break wait_or_kill(&mut child, group)?;
            }
        }
    };
    // What the program leaves behind (a browser, a runtime) is ended as well.
    signal_group(group, Signal::TERM);
    let deadline = Instant::now() + GRACE;
    while group_lives(group) && Instant::now() < deadline {
        thread::sleep(POLL);
    }
    signal_group(group, Signal::KILL);
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn wait_or_kill(child: &mut Child, group: Option<Pid>) -> Outcome<ExitStatus> {
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        thread::sleep(POLL);
    }
    signal_group(group, Signal::KILL);
    child.wait().map_err(|error| error.to_string())
}

fn signal_group(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

fn group_lives(group: Option<Pid>) -> bool {
    group.is_some_and(|group| test_kill_process_group(group).is_ok())
}

/// This program's file. On Linux the link in /proc still works after cargo
/// has replaced the file, as `cargo xtask test` itself may do.
fn own_program() -> Outcome<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() {
        return Ok(link);
    }
    std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))
}

/// Waits until the condition holds, the deadline passes or someone asks to stop.
pub(crate) fn wait_until(
    limit: Duration,
    stop: &AtomicBool,
    mut holds: impl FnMut() -> Outcome<bool>,
) -> Outcome<bool> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline && !stop.load(Ordering::Relaxed) {
        if holds()? {
            return Ok(true);
        }
        thread::sleep(POLL);
    }
    Ok(false)
}
