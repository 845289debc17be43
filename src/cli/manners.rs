//! The manners of the library that kustomize reads its command line with, where those of clap are others.

use std::ffi::OsString;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};

/// A definition in these manners: the last of several wins, switches take `=true` and `=false`, and values may begin
/// with a dash.
pub fn lenient(command: Command) -> Command {
    command.args_override_self(true).mut_args(in_the_original_manner).mut_subcommands(lenient)
}

fn in_the_original_manner(argument: Arg) -> Arg {
    match argument.get_action() {
        ArgAction::SetTrue => {
            switch(argument.action(ArgAction::Set).num_args(0..=1)).default_value("false").hide_default_value(true)
        }
        // A switch that is on unless it is turned off, or of which it counts whether it was given.
        ArgAction::Set if argument.get_num_args().is_some_and(|count| count.min_values() == 0) => switch(argument),
        // A list would take the flags behind it for its own.
        ArgAction::Append if argument.get_num_args().is_some_and(|count| count.max_values() > 1) => argument,
        ArgAction::Set | ArgAction::Append if !argument.is_positional() => argument.allow_hyphen_values(true),
        _ => argument,
    }
}

fn switch(argument: Arg) -> Arg {
    let argument = argument.require_equals(true).default_missing_value("true").value_name("BOOL");
    argument.value_parser(ValueParser::new(parse_switch))
}

/// Whether an argument of a [`lenient`] definition is a flag without a value of its own behind it.
pub fn is_switch(argument: &Arg) -> bool {
    argument.is_require_equals_set() || !argument.get_action().takes_values()
}

/// The words that Go takes for truth values.
fn parse_switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("true or false expected".into()),
    }
}

/// The arguments of the process with the names of commands in front, as the flags of a command may stand before its
/// name: `rustomize -o out build dir`.
///
/// What is not known there is taken for a flag with a value, so that the switch in `--enable-helm build dir` hides the
/// command; `--enable-helm=true build dir` does not.
pub fn commands_first(mut arguments: Vec<OsString>, definition: &Command) -> Vec<OsString> {
    let mut command = definition;
    let mut known: Vec<&Arg> = Vec::new();
    for at in 1.. {
        known.extend(command.get_arguments().filter(|argument| is_switch(argument)));
        let Some(distance) = first_word(arguments.get(at..).unwrap_or_default(), &known) else { break };
        let word = arguments[at + distance].to_string_lossy();
        let Some(found) = command.find_subcommand(&*word) else { break };
        command = found;
        arguments[at..=at + distance].rotate_right(1);
    }
    arguments
}

/// The place of the first argument that is neither a flag nor the value of one.
fn first_word(arguments: &[OsString], switches: &[&Arg]) -> Option<usize> {
    let mut at = 0;
    loop {
        let argument = arguments.get(at)?.to_string_lossy();
        if argument == "--" {
            return None;
        }
        if argument.len() < 2 || !argument.starts_with('-') {
            return Some(at);
        }
        at += if takes_the_next(&argument, switches) { 2 } else { 1 };
    }
}

/// Whether the value of a flag is the argument behind it.
fn takes_the_next(flag: &str, switches: &[&Arg]) -> bool {
    if matches!(flag, "-h" | "--help") || flag.contains('=') {
        return false;
    }
    match flag.strip_prefix("--") {
        Some(long) => !switches.iter().any(|switch| switch.get_long() == Some(long)),
        // Of a cluster of letters the last one may have its value behind it, but upstream does not look there.
        None => flag.len() == 2 && !switches.iter().any(|switch| switch.get_short() == flag.chars().nth(1)),
    }
}
