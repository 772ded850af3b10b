//! `penstock lint`.

mod text;

use std::process::ExitCode;

use futures::FutureExt;
use futures::future::BoxFuture;
use operator_lint::{CheckFailure, Components, gather};
use runtime_host::{Catalog, CheckError};
use runtime_types::{Checked, Trigger, TriggerType};

use crate::args::{LintArgs, Output};
use crate::{catalog, text as shared};

/// Exit code for manifests that have to change.
const FOUND: u8 = 1;

/// Lints.
pub(crate) async fn run(args: &LintArgs) -> anyhow::Result<ExitCode> {
    let catalog = catalog::open(&args.catalog, catalog::Trust::Own)?;
    let inputs = gather(&args.paths, &mut std::io::stdin().lock())?;
    let report = operator_lint::lint(&inputs, &Scalers(catalog)).await;
    match args.output {
        Output::Json => shared::print(&[serde_json::to_string_pretty(&report)?])?,
        Output::Text => shared::print(&text::report(&report))?,
    }
    Ok(ExitCode::from(if report.is_clean() { 0 } else { FOUND }))
}

/// A [`Catalog`] as lint wants it.
struct Scalers(Catalog);

impl Components for Scalers {
    fn types(&self) -> Vec<TriggerType> {
        let mut types = Vec::new();
        for entry in self.0.entries() {
            for of in &entry.description.types {
                let provider = self.0.provider(&of.name);
                // Of several components with a type one is in use.
                if provider.is_some_and(|provider| provider.path == entry.path) {
                    types.push(of.clone());
                }
            }
        }
        types
    }

    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckFailure>> {
        async move {
            self.0.check(trigger).await.map_err(|error| match error {
                CheckError::Config(errors) => CheckFailure::Parameters(errors),
                other => CheckFailure::Failed(other.to_string()),
            })
        }
        .boxed()
    }
}
