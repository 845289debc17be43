use std::any::TypeId;

use clap::{Arg, ArgMatches};

use super::*;
use crate::{BuildOptions, LoadRestrictor, Reorder};

fn build(arguments: &[&str]) -> Result<(Box<BuildArgs>, BuildOptions)> {
    let all = ["rustomize", "build"].iter().chain(arguments).map(OsString::from);
    match parse(all)? {
        Request::Run(Command::Build(build)) => build.options().map(|options| (build, options)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_definition_is_sound() {
    definition().debug_assert();
}

#[test]
fn flags_stand_anywhere_and_the_last_one_wins() {
    let (args, options) =
        build(&["--enable-helm", "dir", "-oout", "--reorder", "none", "--output=-x", "--enable-helm=f"]).unwrap();
    assert_eq!(args.directory().unwrap(), "dir");
    assert_eq!(args.output(), Some(std::path::Path::new("-x")));
    assert_eq!((options.helm.enabled, options.reorder), (false, Some(Reorder::None)));
}

#[test]
fn lists_gather_their_values_whole() {
    let (_, options) = build(&["-e", "A=1,2", "--env=B", "--mount", "--x", "--helm-api-versions", "v1"]).unwrap();
    assert_eq!(options.functions.env, ["A=1,2", "B"]);
    assert_eq!(options.functions.mounts, ["--x"]);
    assert_eq!(options.helm.api_versions, ["v1"]);
}

#[test]
fn two_dashes_end_the_flags() {
    let (args, _) = build(&["--", "--enable-helm"]).unwrap();
    assert_eq!(args.directory().unwrap(), "--enable-helm");
}

#[test]
fn the_defaults_are_those_of_the_library() {
    let (args, options) = build(&[]).unwrap();
    assert_eq!(format!("{options:?}"), format!("{:?}", BuildOptions::default()));
    assert_eq!((args.directory().unwrap(), args.output()), (".", None));
    let (_, options) = build(&["--load-restrictor="]).unwrap();
    assert_eq!(options.load_restrictor, LoadRestrictor::RootOnly);
}

#[test]
fn a_build_without_flags_is_understood_as_if_it_had_some() {
    for words in [&["build"][..], &["build", "dir"], &["build", ""], &["build", "a b/ü"], &["build", "build"]] {
        let arguments: Vec<OsString> = ["rustomize"].iter().chain(words).map(OsString::from).collect();
        let (plain, whole) = (parse_plain_build(&arguments).unwrap(), parse_build(&arguments).unwrap());
        assert_eq!(format!("{plain:?}"), format!("{whole:?}"));
    }
    for words in [&[][..], &["check"], &["build", "-h"], &["build", "-"], &["build", "a", "b"]] {
        let arguments: Vec<OsString> = ["rustomize"].iter().chain(words).map(OsString::from).collect();
        assert!(parse_plain_build(&arguments).is_none(), "{words:?}");
    }
}

#[test]
fn what_is_not_understood_is_a_usage_error() {
    let message = |arguments: &[&str]| build(arguments).unwrap_err().diagnostic().message.clone();
    assert_eq!(message(&["--nope"]), "unknown flag: --nope");
    assert_eq!(message(&["--load-restrictor", "none"]), "illegal value none of --load-restrictor");
    assert_eq!(message(&["--reorder="]), "illegal value \"\" of --reorder");
    assert!(message(&["--enable-helm=maybe"]).contains("maybe"));
    assert!(message(&["--output"]).contains("--output"));
    let two = build(&["a", "b"]).unwrap().0;
    assert_eq!(two.directory().unwrap_err().code(), Code::Usage);
    let error = parse(["rustomize", "biuld"].map(OsString::from)).unwrap_err();
    assert_eq!(error.diagnostic().help.as_deref(), Some("did you mean build?"));
}

/// Each flag alone: what differs from the default is the option that it means.
#[test]
fn each_flag_of_build_is_an_option() {
    let pretty = |arguments: &[&str]| format!("{:#?}", build(arguments).unwrap().1);
    let default = pretty(&[]);
    for (arguments, before, after) in [
        (&["--compat=5.8.1"][..], "compat: Newest", "compat: V5_8_1"),
        (&["--load-restrictor=LoadRestrictionsNone"], "load_restrictor: RootOnly", "load_restrictor: None"),
        (&["--reorder=legacy"], "reorder: None", "reorder: Some(\n        Legacy,\n    )"),
        (&["--reorder=none"], "reorder: None", "reorder: Some(\n        None,\n    )"),
        (&["--enable-managedby-label"], "managed_by_label: false", "managed_by_label: true"),
        (&["--merge-with-crds"], "merge_with_crds: false", "merge_with_crds: true"),
        (&["--enable-helm"], "        enabled: false", "        enabled: true"),
        (&["--helm-command=h"], "command: \"helm\"", "command: \"h\""),
        (&["--helm-api-versions=v"], "api_versions: []", "api_versions: [\n            \"v\",\n        ]"),
        (&["--helm-kube-version=1"], "kube_version: \"\"", "kube_version: \"1\""),
        (&["--helm-debug"], "debug: false", "debug: true"),
        (&["--enable-exec"], "enable_exec: false", "enable_exec: true"),
        (&["--network"], "network: false", "network: true"),
        (&["--network-name=n"], "network_name: \"bridge\"", "network_name: \"n\""),
        (&["--mount=m"], "mounts: []", "mounts: [\n            \"m\",\n        ]"),
        (&["--env=e"], "env: []", "env: [\n            \"e\",\n        ]"),
        (&["--as-current-user"], "as_current_user: false", "as_current_user: true"),
        (&["--stack-trace"], "", ""),
        (&["--output=o"], "", ""),
    ] {
        assert!(default.contains(before), "{default}");
        assert_eq!(pretty(arguments), default.replacen(before, after, 1), "{arguments:?}");
    }
    // This one allows Helm, too.
    let plugins = default.replacen("enable_alpha_plugins: false", "enable_alpha_plugins: true", 1);
    assert_eq!(pretty(&["--enable-alpha-plugins"]), plugins.replacen("enabled: false", "enabled: true", 1));
}

#[test]
fn an_empty_text_is_a_text() {
    let (args, _) = build(&["--output="]).unwrap();
    assert_eq!(args.output(), None);
    assert_eq!(build(&[""]).unwrap().0.directory().unwrap(), "");
}

#[test]
fn flags_may_stand_before_the_command_as_far_as_they_can_be_told_from_it() {
    let output = |arguments: &[&str]| {
        let all = ["rustomize"].iter().chain(arguments).map(OsString::from);
        match parse(all) {
            Ok(Request::Run(Command::Build(build))) => {
                Ok((build.directory().unwrap().to_owned(), build.output().map(std::path::Path::to_owned)))
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.diagnostic().message.clone()),
        }
    };
    let both = Ok(("dir".to_owned(), Some("out".into())));
    for arguments in [
        &["-o", "out", "build", "dir"][..],
        &["-oout", "build", "dir"],
        &["-o=out", "build", "dir"],
        &["--output", "out", "--stack-trace", "build", "dir"],
        &["--stack-trace=false", "--output=out", "--enable-helm=true", "build", "dir"],
        &["--stack-trace", "build", "--stack-trace=true", "dir", "-o", "out", "--stack-trace=false"],
    ] {
        assert_eq!(output(arguments), both, "{arguments:?}");
    }
    // The switch is taken for a flag with the value `build`.
    assert_eq!(output(&["--enable-helm", "build", "dir"]), Err("unknown flag: --enable-helm".into()));
    let help = parse(["rustomize", "-h", "build"].map(OsString::from)).unwrap();
    assert!(matches!(help, Request::Print(text) if text.to_string().contains("--load-restrictor")));
}

/// The flags of kustomize: command, flag, kind, default. A name in brackets is not shown in the help.
const SURFACE: &str = "
    build                   -o --output                 text
    build                   --enable-helm               switch
    build                   --helm-command              text      helm
    build                   --helm-api-versions         list
    build                   --helm-kube-version         text
    build                   --helm-debug                switch
    build                   --enable-alpha-plugins      switch
    build                   --enable-exec               switch
    build                   --network                   switch
    build                   --network-name              text      bridge
    build                   --mount                     list
    build                   -e --env                    list
    build                   --as-current-user           switch
    build                   --load-restrictor           text      LoadRestrictionsRootOnly
    build                   [--reorder]                 text
    build                   [--enable-managedby-label]  switch
    create                  --resources                 text
    create                  --namespace                 text
    create                  --annotations               text
    create                  --labels                    text
    create                  --nameprefix                text
    create                  --namesuffix                text
    create                  --autodetect                switch
    create                  --recursive                 switch
    localize                --scope                     text
    localize                --no-verify                 switch
    version                 [--short]                   switch
    version                 -o --output                 text
    openapi-fetch           --format                    text      json
    edit-add-annotation     -f --force                  switch
    edit-add-label          -f --force                  switch
    edit-add-label          --without-selector          switch
    edit-add-label          --include-templates         switch
    edit-add-configmap      --from-file                 commas
    edit-add-configmap      --from-literal              list
    edit-add-configmap      --from-env-file             text
    edit-add-configmap      --disableNameSuffixHash     switch
    edit-add-configmap      --behavior                  text
    edit-add-configmap      --namespace                 text
    edit-add-secret         --from-file                 commas
    edit-add-secret         --from-literal              list
    edit-add-secret         --from-env-file             text
    edit-add-secret         --type                      text      Opaque
    edit-add-secret         --namespace                 text
    edit-add-secret         --disableNameSuffixHash     switch
    edit-add-patch          --path                      text
    edit-add-patch          --patch                     text
    edit-add-patch          --group                     text
    edit-add-patch          --version                   text
    edit-add-patch          --kind                      text
    edit-add-patch          --name                      text
    edit-add-patch          --namespace                 text
    edit-add-patch          --annotation-selector       text
    edit-add-patch          --label-selector            text
    edit-add-resource       --no-verify                 switch
    edit-set-configmap      --from-literal              list
    edit-set-configmap      --namespace                 text
    edit-set-configmap      --new-namespace             text
    edit-set-secret         --from-literal              list
    edit-set-secret         --namespace                 text
    edit-set-secret         --new-namespace             text
    edit-remove-annotation  -i --ignore-non-existence   switch
    edit-remove-label       -i --ignore-non-existence   switch
    edit-remove-configmap   --namespace                 text
    edit-remove-secret      --namespace                 text
    edit-remove-patch       --path                      text
    edit-remove-patch       --patch                     text
    edit-remove-patch       --group                     text
    edit-remove-patch       --version                   text
    edit-remove-patch       --kind                      text
    edit-remove-patch       --name                      text
    edit-remove-patch       --namespace                 text
    edit-remove-patch       --annotation-selector       text
    edit-remove-patch       --label-selector            text
    edit-fix                --vars                      switch
    cfg-cat                 --format                    switch    true
    cfg-cat                 --annotate                  switch
    cfg-cat                 --wrap-kind                 text
    cfg-cat                 --wrap-version              text
    cfg-cat                 --function-config           text
    cfg-cat                 --style                     commas
    cfg-cat                 --strip-comments            switch
    cfg-cat                 --include-local             switch
    cfg-cat                 --exclude-non-local         switch
    cfg-cat                 --dest                      text
    cfg-cat                 -R --recurse-subpackages    switch    true
    cfg-count               --kind                      switch    true
    cfg-count               -R --recurse-subpackages    switch    true
    cfg-grep                --annotate                  switch    true
    cfg-grep                --invert-match              switch
    cfg-grep                -R --recurse-subpackages    switch    true
    cfg-tree                --name                      switch
    cfg-tree                --resources                 switch
    cfg-tree                --ports                     switch
    cfg-tree                --image                     switch
    cfg-tree                --replicas                  switch
    cfg-tree                --args                      switch
    cfg-tree                --command                   switch
    cfg-tree                --env                       switch
    cfg-tree                --all                       switch
    cfg-tree                --field                     commas
    cfg-tree                --include-local             switch
    cfg-tree                --exclude-non-local         switch
    cfg-tree                --graph-structure           text
    fn-run                  --dry-run                   switch
    fn-run                  --global-scope              switch
    fn-run                  --fn-path                   commas
    fn-run                  --image                     text
    fn-run                  --enable-exec               switch
    fn-run                  --exec-path                 text
    fn-run                  --results-dir               text
    fn-run                  --network                   switch
    fn-run                  --mount                     list
    fn-run                  --log-steps                 switch
    fn-run                  -e --env                    list
    fn-run                  --as-current-user           switch
    fn-run                  --include-subpackages       switch    true
";

/// The commands of kustomize without flags.
const WITHOUT_FLAGS: &str = "
    edit-add-base edit-add-buildmetadata edit-add-component edit-add-configuration edit-add-generator
    edit-add-transformer edit-set-annotation edit-set-label edit-set-buildmetadata edit-set-image edit-set-nameprefix
    edit-set-namesuffix edit-set-namespace edit-set-replicas edit-remove-buildmetadata edit-remove-component
    edit-remove-resource edit-remove-transformer edit-alpha-list-builtin-plugin openapi-info init
";

fn kind(flag: &Arg) -> &'static str {
    match flag.get_action() {
        _ if manners::is_switch(flag) => "switch",
        ArgAction::Append if flag.get_value_delimiter() == Some(',') => "commas",
        ArgAction::Append => "list",
        _ => "text",
    }
}

fn find<'a>(definition: &'a clap::Command, path: &str) -> &'a clap::Command {
    let step = |command: &'a clap::Command, name: &str| command.find_subcommand(name);
    path.split('-')
        .try_fold((definition, String::new()), |(command, before), word| {
            // Names of commands can have dashes in them.
            let name = if before.is_empty() { word.to_owned() } else { format!("{before}-{word}") };
            match step(command, &name) {
                Some(found) => Some((found, String::new())),
                None => Some((command, name)),
            }
        })
        .filter(|(_, rest)| rest.is_empty())
        .unwrap_or_else(|| panic!("there is no command {path}"))
        .0
}

#[test]
fn every_flag_of_kustomize_is_there_with_its_kind_and_default() {
    let definition = definition();
    for row in SURFACE.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let mut words = row.split_whitespace().peekable();
        let command = find(&definition, words.next().unwrap());
        let short = words.next_if(|word| !word.starts_with("--") && !word.starts_with('['));
        let name = words.next().unwrap();
        let long = name.trim_matches(['[', ']']).trim_start_matches("--");
        let flag = command.get_arguments().find(|flag| flag.get_long() == Some(long));
        let flag = flag.unwrap_or_else(|| panic!("{row}: there is no such flag"));
        assert_eq!(flag.get_short(), short.and_then(|short| short.chars().nth(1)), "{row}");
        assert_eq!(flag.is_hide_set(), name.starts_with('['), "{row}");
        assert_eq!(kind(flag), words.next().unwrap(), "{row}");
        let default = flag.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
        // A switch of which it counts whether it was given has no default here: it is off all the same.
        let none = if manners::is_switch(flag) { "false" } else { "" };
        assert_eq!(default.as_deref().unwrap_or(none), words.next().unwrap_or(none), "{row}");
    }
    for command in WITHOUT_FLAGS.split_whitespace() {
        find(&definition, command);
    }
}

/// Every flag of a command and of those below it, with the words that lead there.
fn all_flags(command: &clap::Command, way: &[String], into: &mut Vec<(Vec<String>, bool, Arg)>) {
    let takes_words = command.get_positionals().next().is_some();
    // A group of commands does nothing by itself.
    let is_group = command.is_subcommand_required_set();
    let flags = command.get_arguments().filter(|argument| !argument.is_positional() && !is_group);
    into.extend(flags.map(|flag| (way.to_vec(), takes_words, flag.clone())));
    for below in command.get_subcommands() {
        all_flags(below, &[way, &[below.get_name().to_owned()]].concat(), into);
    }
}

/// One flag of one command, to be written in every way there is.
struct Trial<'a> {
    way: &'a [String],
    takes_words: bool,
    flag: &'a Arg,
}

impl Trial<'_> {
    /// What the flag comes to; the message where the arguments are not understood.
    fn values(&self, arguments: &[&str]) -> std::result::Result<Vec<String>, String> {
        let mut definition = definition();
        let all = ["rustomize"].into_iter().chain(self.way.iter().map(String::as_str)).chain(arguments.iter().copied());
        let all = manners::commands_first(all.map(OsString::from).collect(), &definition);
        let parsed = definition.try_get_matches_from_mut(all);
        let matches = parsed.map_err(|error| usage_error(&error).diagnostic().message.clone())?;
        let below = |matches: &ArgMatches, name: &String| matches.subcommand_matches(name).unwrap().clone();
        let matches = self.way.iter().fold(matches, |matches, name| below(&matches, name));
        let raw = matches.get_raw(self.flag.get_id().as_str()).into_iter().flatten();
        Ok(raw.map(|value| value.to_string_lossy().into_owned()).collect())
    }

    /// The ways of writing the flag with a value: as arguments, `None` for where the value stands alone.
    fn spellings(&self, value: &str) -> Vec<Vec<String>> {
        let long = self.flag.get_long().map(|long| format!("--{long}"));
        let short = self.flag.get_short().map(|short| format!("-{short}"));
        let mut spellings = Vec::new();
        for name in long.iter().chain(&short) {
            spellings.push(vec![format!("{name}={value}")]);
            if !manners::is_switch(self.flag) {
                spellings.push(vec![name.clone(), value.to_owned()]);
            }
        }
        if let Some(short) = short.filter(|_| !value.is_empty() && !manners::is_switch(self.flag)) {
            spellings.push(vec![format!("{short}{value}")]);
        }
        spellings
    }

    /// Asserts what the arguments come to, alone, and with a word before and behind them.
    fn expect(&self, arguments: &[&str], values: &[&str]) {
        let mut places = vec![arguments.to_vec()];
        if self.takes_words {
            places.push([&["word"], arguments].concat());
            places.push([arguments, &["word"]].concat());
        }
        for arguments in places {
            let expected = Ok(values.iter().map(|&value| value.to_owned()).collect());
            assert_eq!(self.values(&arguments), expected, "{:?} {arguments:?}", self.way);
        }
    }

    fn expect_spellings(&self, value: &str, values: &[&str]) {
        for spelling in self.spellings(value) {
            self.expect(&spelling.iter().map(String::as_str).collect::<Vec<_>>(), values);
        }
    }

    fn names(&self) -> Vec<String> {
        let long = self.flag.get_long().map(|long| format!("--{long}"));
        long.into_iter().chain(self.flag.get_short().map(|short| format!("-{short}"))).collect()
    }

    fn check_switch(&self) {
        for name in self.names() {
            self.expect(&[&name], &["true"]);
            let refused = self.values(&[&format!("{name}=maybe")]).unwrap_err();
            assert!(refused.contains("maybe"), "{refused}");
            self.values(&[&format!("{name}=")]).unwrap_err();
            let [yes, no] = ["true", "false"].map(|value| format!("{name}={value}"));
            self.expect(&[&yes, &name, &no], &["false"]);
            self.expect(&[&no, &name], &["true"]);
            if self.takes_words {
                // The word behind a switch is none of its own.
                self.expect(&[&name, "false"], &["true"]);
            }
        }
        for value in ["true", "True", "TRUE", "t", "T", "1", "false", "False", "FALSE", "f", "F", "0"] {
            self.expect_spellings(value, &[value]);
        }
    }

    fn check_values(&self) {
        let kind = kind(self.flag);
        for value in ["value", "two words", "-x", "--enable-helm", "a=b", "-"] {
            self.expect_spellings(value, &[value]);
        }
        let parts: &[&str] = if kind == "commas" { &["a", "b"] } else { &["a,b"] };
        self.expect_spellings("a,b", parts);
        for name in self.names() {
            let (first, second) = (format!("{name}=first"), format!("{name}=second"));
            let both: &[&str] = if kind == "text" { &["second"] } else { &["first", "second"] };
            self.expect(&[&first, &second], both);
            self.expect(&[&name, "first", &name, "second"], both);
            let missing = self.values(&[&name]).unwrap_err();
            assert!(self.names().iter().any(|name| missing.contains(name)), "{missing}");
        }
        if kind == "text" {
            self.expect_spellings("", &[""]);
        }
    }
}

#[test]
fn every_flag_of_every_command_has_the_manners_of_the_original() {
    let mut flags = Vec::new();
    all_flags(&definition(), &[], &mut flags);
    assert!(flags.len() > 75, "{}", flags.len());
    for (way, takes_words, flag) in &flags {
        // Help and a list that takes all that follows it have their own manners.
        let takes_the_rest = flag.get_num_args().is_some_and(|count| count.max_values() > 1);
        if takes_the_rest || !flag.get_action().takes_values() {
            continue;
        }
        let trial = Trial { way, takes_words: *takes_words, flag };
        let texts = [TypeId::of::<String>(), TypeId::of::<OsString>(), TypeId::of::<std::path::PathBuf>()];
        match kind(flag) {
            "switch" => trial.check_switch(),
            _ if texts.iter().any(|text| flag.get_value_parser().type_id() == *text) => trial.check_values(),
            _ => {}
        }
        if *takes_words {
            let default = trial.values(&[]).unwrap();
            for name in trial.names() {
                let values = trial.values(&["--", &name, "--nope"]).unwrap();
                assert_eq!(values, default, "{way:?}: two dashes end the flags");
            }
        }
        for unknown in ["--nope", "--nope=1", "-Z", "--no-flag"] {
            let message = trial.values(&[unknown]).unwrap_err();
            assert!(message.starts_with("unknown flag: -"), "{way:?}: {message}");
        }
    }
}
