use std::path::PathBuf;

use clap::Args;

use super::{CatalogArgs, Output};

/// Says what is wrong with manifests, without any cluster or server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  penstock lint app.yaml
  penstock lint manifests/ --scalers /usr/lib/penstock/scalers
  helm template mychart | penstock lint -
  kustomize build overlays/prod | penstock lint - -o json

-o json prints one object:
  {\"findings\":[{\"file\",\"line\",\"column\",\"document\",\"object\",\"path\",\"severity\",\"rule\",
   \"message\",\"fix\"}],\"files\",\"objects\",\"errors\",\"warnings\",\"notes\"}
severity is \"error\", \"warning\" or \"note\"; notes do not change the exit code. operator/docs/lint.md
lists the rules.

Exit codes: 0 nothing has to change, 1 there are errors or warnings, 2 could not run.")]
pub(crate) struct LintArgs {
    /// Manifests, folders of them (with the folders below), or `-` for standard input
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}
