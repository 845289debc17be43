//! The machine in words.

/// Processor, cores and system, as far as they can be found out.
pub fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = if cores == 1 { "one core".to_owned() } else { format!("{cores} cores") };
    let parts = [processor(), Some(cores), Some(system())];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    value_of(&text, "model name", ':')
}

fn system() -> String {
    let name = std::fs::read_to_string("/etc/os-release").ok().and_then(|text| value_of(&text, "PRETTY_NAME", '='));
    name.unwrap_or_else(|| std::env::consts::OS.to_owned())
}

/// What stands behind the first `key`, without quotes.
fn value_of(text: &str, key: &str, separator: char) -> Option<String> {
    let line = text.lines().find(|line| line.split(separator).next().is_some_and(|name| name.trim() == key))?;
    line.split_once(separator).map(|(_, value)| value.trim().trim_matches('"').to_owned())
}
