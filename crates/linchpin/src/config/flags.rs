//! The flags, made from the table of settings, so that none can be forgotten.

use std::collections::HashMap;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::setting::{EVERYWHERE, SETTINGS, Setting};

/// Under which the help of every command lists the settings, after what is the command's own.
pub(crate) const HEADING: &str = "Settings";

/// Settings as the command line gives them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags(HashMap<&'static str, String>);

/// The flags that every command takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Everywhere(pub(crate) Flags);

impl Flags {
    /// The value of a flag.
    pub(crate) fn get(&self, flag: &str) -> Option<&str> {
        self.0.get(flag).map(String::as_str)
    }

    #[cfg(test)]
    pub(super) fn of(given: &[(&'static str, &str)]) -> Self {
        Self(given.iter().map(|(flag, value)| (*flag, (*value).to_owned())).collect())
    }

    fn take(matches: &mut ArgMatches, settings: impl Iterator<Item = &'static Setting>) -> Self {
        let given = settings.filter_map(|setting| {
            let flag = setting.flag?;
            Some((flag, matches.try_remove_one::<String>(flag).ok()??))
        });
        Self(given.collect())
    }
}

fn everywhere() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| EVERYWHERE.contains(&setting.key))
}

fn of_processes() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| !EVERYWHERE.contains(&setting.key))
}

fn args(command: Command, settings: impl Iterator<Item = &'static Setting>) -> Command {
    settings.fold(command, |command, setting| {
        let Some(flag) = setting.flag else { return command };
        if command.get_arguments().any(|arg| arg.get_id() == flag) {
            return command;
        }
        let default = match setting.default {
            "" => String::new(),
            _ if flag == "listen" => String::new(),
            default => format!(" [default: {default}]"),
        };
        let help = format!("{} [env: {}]{default}", setting.about, setting.env);
        let arg = Arg::new(flag).long(flag).value_name(setting.value_name).help(help);
        command.arg(arg.action(ArgAction::Set).help_heading(HEADING))
    })
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self::take(&mut matches.clone(), of_processes()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        args(command, of_processes())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Everywhere {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(Flags::take(&mut matches.clone(), everywhere())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Everywhere {
    fn augment_args(command: Command) -> Command {
        args(command, everywhere()).mut_args(|arg| {
            let ours = everywhere().any(|setting| setting.flag == Some(arg.get_id().as_str()));
            if ours { arg.global(true) } else { arg }
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
