use crate::value::{Format, find};

const FORMATS: [Format; 4] = [Format::Json, Format::Yaml, Format::Xml, Format::Prometheus];

/// Answers of HTTP endpoints: the first line is the value's location, the rest the document. A
/// number is finite; where there is none the refusal says so.
pub fn answer(data: &[u8]) {
    let end = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let Ok(location) = std::str::from_utf8(&data[..end]) else {
        return;
    };
    let body = data.get(end + 1..).unwrap_or_default();
    for format in FORMATS {
        if let Err(why) = format.check_location(location) {
            assert!(!why.is_empty());
        }
        match find(body, format, location) {
            Ok(number) => {
                let finite = match number {
                    scaler_sdk::Number::Whole(_) => true,
                    scaler_sdk::Number::Real(x) => x.is_finite(),
                };
                assert!(finite, "{format:?}: {number:?}");
            }
            Err(failure) => match failure {
                scaler_sdk::Failure::Unknown(unknown) => assert!(!unknown.message.is_empty()),
                scaler_sdk::Failure::Config(errors) => assert!(!errors.is_empty()),
            },
        }
    }
}
