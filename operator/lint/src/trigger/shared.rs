//! Parameters of authentications, which several triggers may share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use operator_api::manifest::Surveyed;
use operator_api::nearest;
use runtime_types::{Source, TriggerType};

use super::parameters::{move_to, sources};
use super::values::Values;
use crate::finding::{Findings, Said, did_you_mean};
use crate::world::World;

/// A parameter of an authentication: file, document, line of the object, field.
type Written = (PathBuf, u32, u32, String);

/// What triggers make of each parameter. `None`: one of them reads it, and that is enough.
#[derive(Default)]
pub(super) struct Shared(BTreeMap<Written, Option<Said>>);

impl Shared {
    /// Takes a trigger into account.
    pub(super) fn note(&mut self, values: &Values<'_>, of: &TriggerType) {
        for (name, from) in &values.auth {
            let Some((item, path)) = &from.written else {
                continue;
            };
            let verdict = self.0.entry(written(item, path));
            let said = verdict_of(of, name);
            match said {
                None => {
                    verdict.insert_entry(None);
                }
                said => {
                    verdict.or_insert(said);
                }
            }
        }
    }

    /// Says what no trigger reads.
    pub(super) fn tell(self, world: &World<'_>, findings: &mut Findings) {
        for (at, said) in self.0 {
            let (Some(said), (file, document, line, path)) = (said, at) else {
                continue;
            };
            let item = world
                .items
                .iter()
                .find(|item| *item.file == *file && item.document == document && item.line == line);
            if let Some(item) = item {
                findings.say(item, format!("{path}.parameter"), said);
            }
        }
    }
}

fn written(item: &Surveyed, path: &str) -> Written {
    (
        item.file.to_path_buf(),
        item.document,
        item.line,
        path.to_string(),
    )
}

fn verdict_of(of: &TriggerType, name: &str) -> Option<Said> {
    let of_auth = || {
        of.parameters
            .iter()
            .filter(|p| p.sources.contains(&Source::AuthParams))
    };
    let Some(parameter) = of
        .parameters
        .iter()
        .find(|p| p.names.iter().any(|n| n == name))
    else {
        let names = of_auth().flat_map(|p| p.names.iter().map(String::as_str));
        let meant = nearest(name, names);
        let message = format!(
            "{} has no parameter `{name}`, it is ignored{}",
            of.name,
            did_you_mean(meant)
        );
        let fix = meant.map_or_else(
            || "remove it".into(),
            |meant| format!("write `parameter: {meant}`"),
        );
        return Some(Said::warning("UnknownParameter", message, fix));
    };
    (!parameter.sources.contains(&Source::AuthParams)).then(|| {
        let message = format!(
            "`{name}` of {} is not read from an authentication, only from {}",
            of.name,
            sources(parameter)
        );
        Said::error("WrongPlace", message, move_to(parameter))
    })
}
