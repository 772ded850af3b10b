//! `penstock explain`.

use std::process::ExitCode;

use anyhow::bail;
use operator_scaling::Explanation;

use crate::args::{ExplainArgs, Output};
use crate::view::{ObjectView, ProcessView, World};
use crate::{client, text};

/// Prints the last decisions about one object, newest first.
pub(crate) async fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let world = client::world(args.admin.admin).await?;
    let object = find(&world, &args.name)?;
    let decisions: Vec<&Explanation> = object.decisions.iter().rev().take(args.last).collect();
    let lines = match args.admin.output {
        Output::Json => vec![serde_json::to_string_pretty(&decisions)?],
        Output::Text => lines(&world, object, &decisions),
    };
    text::print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

fn lines(world: &World, object: &ObjectView, decisions: &[&Explanation]) -> Vec<String> {
    let mut lines = vec![format!("{} scales {}", object.key(), object.target)];
    if let Some(error) = &object.error {
        let place = &object.place;
        lines.push(format!("not run as it is written ({place}): {error}"));
    }
    let trouble = world.process_of(object).and_then(ProcessView::trouble);
    let remarks = object.remarks().into_iter().chain(trouble);
    lines.extend(remarks.map(|text| format!("! {text}")));
    lines.extend(object.conditions.iter().map(|condition| {
        let (kind, status) = (condition.kind, condition.status);
        let (reason, message) = (&condition.reason, &condition.message);
        format!("{kind:?}={status:?} {reason}: {message}")
    }));
    for decision in decisions {
        lines.push(String::new());
        lines.push(text::explanation(decision).trim_end().to_string());
    }
    lines
}

fn find<'w>(world: &'w World, name: &str) -> anyhow::Result<&'w ObjectView> {
    let found: Vec<&ObjectView> = world
        .objects
        .iter()
        .filter(|object| object.name == name || object.key() == name)
        .collect();
    let names = |objects: &[&ObjectView]| -> String {
        objects
            .iter()
            .map(|o| o.key())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match found[..] {
        [object] => Ok(object),
        [] if world.objects.is_empty() => bail!("no object {name}; there are none at all"),
        [] => {
            let all: Vec<_> = world.objects.iter().collect();
            bail!("no object {name}; there is {}", names(&all))
        }
        _ => bail!("{name} is ambiguous: {}", names(&found)),
    }
}
