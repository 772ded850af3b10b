//! `penstock trigger`.

mod answer;
mod asking;
mod describe;
mod line;
mod outlook;
mod request;
mod stream;
mod text;

use std::io::BufWriter;
use std::process::ExitCode;

use crate::args::{AskArgs, DescribeArgs, Output, TriggerArgs, TriggerCommand};
use crate::{COULD_NOT, catalog};
use answer::Answer;
use asking::{Asker, Depth};
use request::Request;

/// Exit code for what was answered with a no.
const REFUSED: u8 = 1;

/// Checks, polls or describes.
pub(crate) async fn run(args: TriggerArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        TriggerCommand::Check(args) => ask(&args, Depth::Check).await,
        TriggerCommand::Poll(args) => ask(&args, Depth::Poll).await,
        TriggerCommand::Describe(args) => describe(&args),
    }
}

#[allow(clippy::print_stdout)] // It is what was asked for.
async fn ask(args: &AskArgs, depth: Depth) -> anyhow::Result<ExitCode> {
    let asker = |detailed| {
        anyhow::Ok(Asker {
            catalog: catalog::open(&args.catalog, catalog::Trust::Own)?,
            depth,
            detailed,
        })
    };
    if args.stdin {
        let mut output = BufWriter::with_capacity(64 << 10, std::io::stdout());
        stream::answer(&asker(false)?, std::io::stdin(), &mut output).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let request = Request::from_args(args, |name| std::env::var(name).ok())?;
    let trigger_type = request.trigger.trigger_type.clone();
    let found = asker(true)?.ask(request).await;
    match args.output {
        Output::Json => println!("{}", serde_json::to_string_pretty(&found)?),
        Output::Text => print!("{}", text::answer(&trigger_type, &found, depth)),
    }
    Ok(ExitCode::from(code(&found, depth)))
}

/// How the program ends after this answer.
fn code(answer: &Answer, depth: Depth) -> u8 {
    let failed = answer.unknown.is_some();
    let known = answer.metrics.iter().all(|m| m.unknown.is_none()) && !failed;
    match depth {
        // Not the user's fault: the component could not be asked.
        Depth::Check if failed => COULD_NOT,
        _ if answer.ok && known => 0,
        _ => REFUSED,
    }
}

#[allow(clippy::print_stdout)] // It is what was asked for.
fn describe(args: &DescribeArgs) -> anyhow::Result<ExitCode> {
    let catalog = catalog::open(&args.catalog, catalog::Trust::Own)?;
    let mut types = describe::types(&catalog);
    if let Some(name) = &args.trigger_type {
        types.retain(|t| t.is(name));
        if types.is_empty() {
            // Not what was asked for: programs read JSON from standard output.
            #[allow(clippy::print_stderr)]
            {
                eprintln!("penstock: {}", asking::unknown_type(&catalog, name));
            }
            return Ok(ExitCode::from(REFUSED));
        }
    }
    match args.output {
        Output::Json => println!("{}", serde_json::to_string_pretty(&types)?),
        Output::Text if args.trigger_type.is_none() => print!("{}", describe::list(&types)),
        Output::Text => types.iter().for_each(|t| print!("{}", describe::full(t))),
    }
    Ok(ExitCode::SUCCESS)
}
