use anstream::ColorChoice;
use clap::ValueEnum;

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise (`NO_COLOR`, `CLICOLOR_FORCE`).
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// Has all that is printed from now on follow this.
    pub fn apply(self) {
        match self {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
    }

    /// What arguments ask for that may be wrong otherwise, so that their error follows it too.
    pub fn asked_for(arguments: &[std::ffi::OsString]) -> Color {
        let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|one| one != "--");
        let mut asked = Color::Auto;
        while let Some(argument) = arguments.next() {
            let value = match argument.strip_prefix("--color") {
                Some("") => arguments.next().map(|value| value.into_owned()),
                Some(value) => value.strip_prefix('=').map(str::to_owned),
                None => None,
            };
            asked = value.and_then(|value| Color::from_str(&value, false).ok()).unwrap_or(asked);
        }
        asked
    }
}
