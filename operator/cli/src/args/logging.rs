use clap::{Args, ValueEnum};

/// What goes to standard error.
#[derive(Debug, Args)]
pub(crate) struct LoggingArgs {
    /// How log lines are written
    #[arg(
        long,
        value_enum,
        default_value_t,
        global = true,
        help_heading = "Logging, to standard error",
        env = "PENSTOCK_LOG_FORMAT"
    )]
    pub(crate) log_format: LogFormat,
    /// What is logged, such as `info` or `warn,runtime_host=debug` [default: info; warn for
    /// commands that answer and end]
    #[arg(
        long,
        value_name = "FILTER",
        global = true,
        help_heading = "Logging, to standard error",
        env = "PENSTOCK_LOG"
    )]
    pub(crate) log: Option<String>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}
