//! `rustomize man`

use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use crate::cli::{self, ManArgs};
use crate::diagnostics::{Code, Error, Result};
use crate::output::{make_directory, write_file, write_stdout};

/// Prints one page, or writes all of them.
pub fn run(arguments: &ManArgs) -> Result<()> {
    let mut definition = cli::with_examples(cli::definition()).disable_help_subcommand(true);
    definition.build();
    let directory = Path::new(&arguments.output);
    match &arguments.output {
        output if output.is_empty() => {
            write_stdout(&page(find(&definition, &arguments.command)?, &name(&arguments.command))?)
        }
        _ if !arguments.command.is_empty() => Err(Error::new(Code::Usage, "a command and --output cannot be combined")),
        _ => {
            make_directory(directory)?;
            write_pages(&definition, "rustomize", directory)
        }
    }
}

fn find<'a>(definition: &'a Command, words: &[String]) -> Result<&'a Command> {
    words.iter().try_fold(definition, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let message = format!("unknown command \"{}\" for \"rustomize\"", words.join(" "));
            Error::new(Code::Usage, message).help("run 'rustomize --help' for the commands")
        })
    })
}

/// What the page of a command is called.
fn name(words: &[String]) -> String {
    words.iter().fold("rustomize".to_owned(), |name, word| format!("{name}-{word}"))
}

fn write_pages(command: &Command, name: &str, directory: &Path) -> Result<()> {
    write_file(&directory.join(format!("{name}.1")), &page(command, name)?)?;
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.into_iter().try_for_each(|below| write_pages(below, &format!("{name}-{}", below.get_name()), directory))
}

fn page(command: &Command, name: &str) -> Result<String> {
    let mut page = Vec::new();
    let manual = Man::new(command.clone()).title(name).source(format!("rustomize {}", crate::version::RUSTOMIZE));
    let written = manual.render(&mut page).and_then(|()| String::from_utf8(page).map_err(std::io::Error::other));
    written.map_err(|error| Error::new(Code::Output, format!("cannot print the page of {name}: {error}")))
}
