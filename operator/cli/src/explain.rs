//! `penstock explain`.

use std::process::ExitCode;

use anyhow::bail;
use operator_scaling::Explanation;

use crate::args::{ExplainArgs, Output};
use crate::view::{ObjectView, ProcessView, World};
use crate::{client, text};

/// Prints the last decisions about one object, newest first.
#[allow(clippy::print_stdout)] // It is what was asked for.
pub(crate) async fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let world = client::world(args.admin.admin).await?;
    let object = find(&world, &args.name)?;
    let decisions: Vec<&Explanation> = object.decisions.iter().rev().take(args.last).collect();
    match args.admin.output {
        Output::Json => println!("{}", serde_json::to_string_pretty(&decisions)?),
        Output::Text => {
            println!("{} scales {}", object.key(), object.target);
            if let Some(error) = &object.error {
                println!("not run as it is written ({}): {error}", object.place);
            }
            let trouble = world.process_of(object).and_then(ProcessView::trouble);
            for remark in object.remarks().into_iter().chain(trouble) {
                println!("! {remark}");
            }
            for condition in &object.conditions {
                let (kind, status) = (condition.kind, condition.status);
                println!(
                    "{kind:?}={status:?} {}: {}",
                    condition.reason, condition.message
                );
            }
            for decision in decisions {
                print!("\n{}", text::explanation(decision));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
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
