use scaler_sdk::Number;

use super::scan::{Labels, Scan};
use crate::value::number;

/// One line of the text format.
pub(super) enum Line<'a> {
    /// Blank, or a comment.
    Nothing,
    /// `# TYPE name kind`.
    Type { name: &'a str, kind: &'a str },
    /// A value.
    Sample(Sample),
}

pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: Number,
}

impl<'a> Line<'a> {
    /// `None` when the line is none of the format.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut scan = Scan(line);
        scan.skip_blanks();
        if scan.0.is_empty() {
            return Some(Self::Nothing);
        }
        if scan.take("#") {
            return Some(match scan.word() {
                "TYPE" => Self::Type {
                    name: scan.word(),
                    kind: scan.word(),
                },
                _ => Self::Nothing,
            });
        }
        let bare = scan.name().map(ToString::to_string);
        let labels = if scan.take("{") {
            scan.labels("\"")?
        } else {
            Labels::default()
        };
        let value = number(scan.word())?;
        let timestamp = scan.word();
        // What OpenMetrics puts behind a value starts as a comment does.
        let is_sound =
            timestamp.is_empty() || timestamp.starts_with('#') || timestamp.parse::<f64>().is_ok();
        is_sound.then_some(Self::Sample(Sample {
            name: bare.or(labels.name)?,
            labels: labels.pairs,
            value,
        }))
    }
}
