use super::line::Sample;
use super::scan::{Labels, Scan};

const NO_SELECTOR: &str = "with the format prometheus this must be a metric's name, with labels \
                           where needed, such as queue_length{queue=\"orders\"}; of the matchers only = is there";

/// A metric's name, and labels that a sample has to have.
pub(super) struct Selector {
    name: String,
    labels: Vec<(String, String)>,
}

impl Selector {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| NO_SELECTOR.to_string())
    }

    fn read(text: &str) -> Option<Self> {
        let mut scan = Scan(text);
        let bare = scan.name().map(ToString::to_string);
        let mut labels = if scan.take("{") {
            scan.labels("\"'`")?
        } else {
            Labels::default()
        };
        scan.skip_blanks();
        if !scan.0.is_empty() {
            return None;
        }
        let named = labels.pairs.iter().position(|(name, _)| name == "__name__");
        let named = named.map(|i| labels.pairs.remove(i).1);
        Some(Self {
            name: bare.or(labels.name).or(named)?,
            labels: labels.pairs,
        })
    }

    pub(super) fn matches(&self, sample: &Sample) -> bool {
        let has = |label| sample.labels.contains(label);
        self.name == sample.name && self.labels.iter().all(has)
    }
}
