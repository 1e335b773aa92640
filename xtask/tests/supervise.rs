//! A child never outlives the command that started it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};

fn supervised(script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["--supervise", "sh", "-c", script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn lives(process: i32) -> bool {
    Pid::from_raw(process).is_some_and(|process| test_kill_process(process).is_ok())
}

#[test]
fn the_exit_code_is_passed_on() {
    let mut child = supervised("exit 7").spawn().unwrap();
    // `wait` would close the pipe, which means "end it".
    let _leash = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
fn closing_the_pipe_ends_the_program_and_its_children() {
    let mut child = supervised("sleep 60 & echo $!; wait").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let grandchild: i32 = line.trim().parse().unwrap();
    assert!(lives(grandchild));
    let began = Instant::now();
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(!lives(grandchild));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_program_that_refuses_to_end_is_killed() {
    let mut child = supervised("trap '' TERM; echo ready; while :; do sleep 1; done").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    drop(child.stdin.take());
    assert!(!child.wait().unwrap().success());
}
