use serde::{Deserialize, Serialize};

const PAUSED: &str = "autoscaling.keda.sh/paused";
const PAUSED_REPLICAS: &str = "autoscaling.keda.sh/paused-replicas";
const PAUSED_SCALE_IN: &str = "autoscaling.keda.sh/paused-scale-in";
const PAUSED_SCALE_OUT: &str = "autoscaling.keda.sh/paused-scale-out";
const FORCE_ACTIVATION: &str = "autoscaling.keda.sh/force-activation";

/// What the `autoscaling.keda.sh/` annotations ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pause {
    /// Nothing is asked and nothing scaled.
    pub full: Option<FullPause>,
    /// Replicas are not removed.
    pub scale_in: bool,
    /// Replicas are not added.
    pub scale_out: bool,
    /// The target counts as active whatever the triggers say.
    pub force_activation: bool,
}

/// How a fully paused object stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FullPause {
    /// With as many replicas as it has.
    AsIs,
    /// With exactly so many, whatever minimum and maximum say.
    At(u32),
    /// `paused-replicas` cannot be read (or is negative): paused, and in error. Holds the text.
    Unreadable(String),
}

impl Pause {
    /// Reads an object's annotations; others than the five are ignored.
    ///
    /// A boolean that Go's `ParseBool` does not know counts as true when the key exists.
    pub fn from_annotations<'a>(annotations: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut pause = Self::default();
        let mut paused = false;
        for (key, value) in annotations {
            match key {
                PAUSED => paused = truth(value),
                PAUSED_REPLICAS => pause.full = Some(FullPause::read(value)),
                PAUSED_SCALE_IN => pause.scale_in = truth(value),
                PAUSED_SCALE_OUT => pause.scale_out = truth(value),
                FORCE_ACTIVATION => pause.force_activation = truth(value),
                _ => {}
            }
        }
        // Both set: the replicas win.
        if paused && pause.full.is_none() {
            pause.full = Some(FullPause::AsIs);
        }
        pause
    }

    /// Whether any of the pauses is in force.
    pub fn any(&self) -> bool {
        self.full.is_some() || self.scale_in || self.scale_out
    }
}

impl FullPause {
    fn read(text: &str) -> Self {
        // A 32-bit signed integer with an optional sign, as Go reads it.
        match text.parse::<i32>() {
            Ok(n) => u32::try_from(n).map_or_else(|_| Self::Unreadable(text.into()), Self::At),
            Err(_) => Self::Unreadable(text.into()),
        }
    }
}

fn truth(text: &str) -> bool {
    !matches!(text, "0" | "f" | "F" | "FALSE" | "false" | "False")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(annotations: &[(&str, &str)]) -> Option<FullPause> {
        Pause::from_annotations(annotations.iter().copied()).full
    }

    #[test]
    fn only_an_explicit_false_is_false() {
        for text in ["true", "yes", "on", "", "TRUE", "1", "no"] {
            assert_eq!(full(&[(PAUSED, text)]), Some(FullPause::AsIs), "{text:?}");
        }
        for text in ["0", "f", "F", "FALSE", "false", "False"] {
            assert_eq!(full(&[(PAUSED, text)]), None, "{text:?}");
        }
    }

    #[test]
    fn replicas_win_over_plain_paused_in_either_order() {
        let both = [(PAUSED, "true"), (PAUSED_REPLICAS, "4")];
        assert_eq!(full(&both), Some(FullPause::At(4)));
        assert_eq!(full(&[both[1], both[0]]), Some(FullPause::At(4)));
    }

    #[test]
    fn replicas_alone_pause_even_when_paused_is_false() {
        let both = [(PAUSED, "false"), (PAUSED_REPLICAS, "0")];
        assert_eq!(full(&both), Some(FullPause::At(0)));
    }

    #[test]
    fn unreadable_replicas_still_pause() {
        for text in ["many", "", "-1", "2147483648"] {
            let expected = Some(FullPause::Unreadable(text.into()));
            assert_eq!(full(&[(PAUSED_REPLICAS, text)]), expected);
        }
    }

    #[test]
    fn directions_and_forcing_are_independent() {
        let pause = Pause::from_annotations([
            (PAUSED_SCALE_IN, "yes"),
            (FORCE_ACTIVATION, "t"),
            (PAUSED_SCALE_OUT, "false"),
            ("example.com/other", "true"),
        ]);
        assert!(pause.scale_in && pause.force_activation && !pause.scale_out);
        assert!(pause.any() && pause.full.is_none());
    }
}
