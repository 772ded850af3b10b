use std::fmt;

use serde::Serialize;

/// What was measured, and where.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The processor as the kernel calls it.
    processor: String,
    cores: usize,
    figures: Vec<Figure>,
}

/// One figure.
#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    /// What it should stay below, where that is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<f64>,
}

impl Report {
    pub(crate) fn of_this_machine() -> Self {
        let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = information
            .lines()
            .find(|line| line.starts_with("model name"));
        let name = model.and_then(|line| line.split_once(':'));
        Self {
            processor: name.map_or("unknown", |(_, name)| name.trim()).to_string(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            figures: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.push(what.into(), value, unit, None);
    }

    /// A figure that should stay below a limit.
    pub(crate) fn add_below(
        &mut self,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        below: f64,
    ) {
        self.push(what.into(), value, unit, Some(below));
    }

    fn push(&mut self, what: String, value: f64, unit: &'static str, below: Option<f64>) {
        self.figures.push(Figure {
            what,
            value,
            unit,
            below,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} cores of {}", self.cores, self.processor)?;
        for figure in &self.figures {
            write!(
                f,
                "{:<62} {:>10.2} {:<5}",
                figure.what, figure.value, figure.unit
            )?;
            match figure.below {
                Some(below) if figure.value < below => writeln!(f, " (below {below})")?,
                Some(below) => writeln!(f, " (NOT below {below})")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
