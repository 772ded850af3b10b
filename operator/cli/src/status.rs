//! `penstock status`.

use std::process::ExitCode;

use crate::args::{Output, StatusArgs};
use crate::view::World;
use crate::{client, text};

/// Prints what a running penstock does now.
pub(crate) async fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let world = client::world(args.admin.admin).await?;
    let lines = match args.admin.output {
        Output::Json => vec![serde_json::to_string_pretty(&world)?],
        Output::Text => lines(&world),
    };
    text::print(&lines)?;
    let all_ready = world.objects.iter().all(|object| object.is_ready());
    let all_run = world.troubles().next().is_none();
    Ok(ExitCode::from(u8::from(!(all_ready && all_run))))
}

fn lines(world: &World) -> Vec<String> {
    // A pipe takes lines of any length.
    let width = text::terminal_size().map_or(usize::MAX, |(width, _)| width);
    let mut lines = match world.objects.is_empty() {
        true => vec!["no objects".to_string()],
        false => text::objects(&world.objects, width),
    };
    let remarks = world.remarks().into_iter().chain(world.troubles());
    lines.extend(remarks.map(|text| format!("! {text}")));
    lines
}
