use std::collections::BTreeMap;
use std::time::Duration;

use super::quote::Quoted;
use super::{Secret, UrlValues, duration, json};

/// How a parameter's text is read, as descriptions name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Verbatim, trimmed.
    String,
    /// `1 t T TRUE true True 0 f F FALSE false False`.
    Boolean,
    /// A JSON integer.
    Integer,
    /// A JSON number.
    Number,
    /// `1m30s`, or bare milliseconds.
    Duration,
    /// Strings separated by commas.
    StringList,
    /// Integers separated by commas, where declared also ranges such as `1-4`.
    IntegerList,
    /// `key=value` pairs separated by commas.
    Map,
    /// A URL's query string.
    UrlValues,
}

impl Kind {
    /// The word in descriptions.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::StringList => "stringList",
            Self::IntegerList => "integerList",
            Self::Map => "map",
            Self::UrlValues => "urlValues",
        }
    }

    const fn list(self) -> Self {
        match self {
            Self::Integer => Self::IntegerList,
            _ => Self::StringList,
        }
    }
}

/// What a conversion has to know beside the text.
#[derive(Debug, Clone, Copy)]
pub struct Conversion<'a> {
    /// Between the elements of a list.
    pub separator: &'a str,
    /// Between the ends of a range.
    pub range: Option<&'a str>,
}

/// A type that a parameter's text can be read as. Its default stands for a parameter that was
/// left out.
pub trait FromParameter: Default {
    /// How the text is read.
    const KIND: Kind;
    /// Leaving it out is no error, whatever is declared.
    const OPTIONAL: bool = false;
    /// Its text must not be shown: the parameter has to be declared secret.
    const SECRET: bool = false;

    /// Reads the trimmed, non-empty text (an element of a list may be empty).
    ///
    /// # Errors
    /// One sentence that says what the text is not.
    fn from_parameter(text: &str, conversion: Conversion<'_>) -> Result<Self, String>;

    /// Reads an element of a list as a range, where the type has ranges.
    ///
    /// # Errors
    /// One sentence that says what the text is not.
    #[doc(hidden)]
    fn from_range(_text: &str, _separator: &str) -> Option<Result<Vec<Self>, String>> {
        None
    }
}

impl FromParameter for String {
    const KIND: Kind = Kind::String;

    fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
        Ok(text.to_string())
    }
}

impl FromParameter for Secret {
    const KIND: Kind = Kind::String;
    const SECRET: bool = true;

    fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
        Ok(text.to_string().into())
    }
}

/// Reads one of the twelve texts that Go takes for a boolean.
///
/// # Errors
/// With KEDA's text when it is none of them.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => {
            let text = Quoted(text);
            Err(format!(
                "unable to parse boolean value {text}: strconv.ParseBool: parsing {text}: invalid syntax"
            ))
        }
    }
}

impl FromParameter for bool {
    const KIND: Kind = Kind::Boolean;

    fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
        boolean(text)
    }
}

/// More elements than this are a slip of the pen (`1-99999999`), not a list.
const LONGEST_RANGE: u64 = 100_000;

macro_rules! integers {
    ($($type:ty => $go:literal),*) => {$(
        impl FromParameter for $type {
            const KIND: Kind = Kind::Integer;

            fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
                json::integer(text, $go)
                    .map_err(|e| format!(concat!("unable to unmarshal to field type ", $go, ": {}"), e))
            }

            fn from_range(text: &str, separator: &str) -> Option<Result<Vec<Self>, String>> {
                let mut ends = text.split(separator);
                let (start, end) = (ends.next()?, ends.next()?);
                if ends.next().is_some() {
                    let text = Quoted(text);
                    return Some(Err(format!("expected format start{separator}end, got {text}")));
                }
                let read = |which: &str, part: &str| {
                    json::integer::<$type>(part, $go)
                        .map_err(|e| format!("unable to parse {which} value {}: {e}", Quoted(part)))
                };
                Some(read("start", start).and_then(|start| {
                    let end = read("end", end)?;
                    if start < end && end.abs_diff(start) as u64 >= LONGEST_RANGE {
                        return Err(format!("range {} has more than {LONGEST_RANGE} elements", Quoted(text)));
                    }
                    Ok((start..=end).collect())
                }))
            }
        }
    )*};
}

integers!(i64 => "int64", i32 => "int32", u64 => "uint64", u32 => "uint32", u16 => "uint16");

impl FromParameter for f64 {
    const KIND: Kind = Kind::Number;

    fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
        json::number(text, "float64")
            .map_err(|e| format!("unable to unmarshal to field type float64: {e}"))
    }
}

impl FromParameter for Duration {
    const KIND: Kind = Kind::Duration;

    fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
        match duration::parse(text) {
            Some(Ok(duration)) => return Ok(duration),
            Some(Err(())) => return Err(format!("duration cannot be negative: {}", Quoted(text))),
            None => {}
        }
        match text.parse::<i64>() {
            Ok(milliseconds) => u64::try_from(milliseconds)
                .map(Duration::from_millis)
                .map_err(|_| format!("duration cannot be negative: {milliseconds} milliseconds")),
            Err(_) => Err(format!(
                "unable to parse duration value {}: must be either a duration string (e.g. '30s', '5m') or a number of milliseconds",
                Quoted(text)
            )),
        }
    }
}

impl<T: FromParameter> FromParameter for Vec<T> {
    const KIND: Kind = T::KIND.list();
    const SECRET: bool = T::SECRET;

    fn from_parameter(text: &str, conversion: Conversion<'_>) -> Result<Self, String> {
        let mut list = Self::new();
        for (i, element) in text.split(conversion.separator).map(str::trim).enumerate() {
            let range = conversion.range.filter(|r| element.contains(*r));
            let elements = range
                .and_then(|separator| T::from_range(element, separator))
                .unwrap_or_else(|| T::from_parameter(element, conversion).map(|one| vec![one]));
            list.extend(elements.map_err(|e| format!("slice element {i}: {e}"))?);
        }
        Ok(list)
    }
}

impl FromParameter for BTreeMap<String, String> {
    const KIND: Kind = Kind::Map;

    fn from_parameter(text: &str, conversion: Conversion<'_>) -> Result<Self, String> {
        text.split(conversion.separator)
            .map(str::trim)
            .map(|pair| match pair.split('=').collect::<Vec<_>>()[..] {
                [key, value] => Ok((key.trim().to_string(), value.trim().to_string())),
                _ => Err(format!("expected format key=value, got {}", Quoted(pair))),
            })
            .collect()
    }
}

impl FromParameter for UrlValues {
    const KIND: Kind = Kind::UrlValues;

    fn from_parameter(text: &str, _: Conversion<'_>) -> Result<Self, String> {
        Self::parse(text).map_err(|e| {
            format!(
                "expected url.Values, unable to parse query {}: {e}",
                Quoted(text)
            )
        })
    }
}

/// `None` when it was left out.
impl<T: FromParameter> FromParameter for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    const SECRET: bool = T::SECRET;

    fn from_parameter(text: &str, conversion: Conversion<'_>) -> Result<Self, String> {
        T::from_parameter(text, conversion).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Conversion<'static> = Conversion {
        separator: ",",
        range: Some("-"),
    };

    fn read<T: FromParameter>(text: &str) -> Result<T, String> {
        T::from_parameter(text, PLAIN)
    }

    #[test]
    fn lists_of_integers_expand_ranges() {
        assert_eq!(
            read::<Vec<i32>>("1-4, 7 ,9 - 9").unwrap(),
            [1, 2, 3, 4, 7, 9]
        );
        assert_eq!(read::<Vec<i32>>("4-1").unwrap(), [0; 0]);
        for text in ["1-2-3", "-5", "a-2", "1-", "1,,2", "0-99999999"] {
            assert!(read::<Vec<i32>>(text).is_err(), "{text}");
        }
        assert!(read::<Vec<i64>>("-9223372036854775808-1").is_err());
    }

    #[test]
    fn a_hyphen_is_no_range_between_strings_or_where_not_declared() {
        assert_eq!(read::<Vec<String>>("a-b,,c").unwrap(), ["a-b", "", "c"]);
        let plain = Conversion {
            range: None,
            ..PLAIN
        };
        assert_eq!(Vec::<i64>::from_parameter("-5,6", plain).unwrap(), [-5, 6]);
    }

    #[test]
    fn durations_are_go_durations_or_bare_milliseconds() {
        assert_eq!(read::<Duration>("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(read::<Duration>("1500"), Ok(Duration::from_millis(1500)));
        for (text, error) in [
            ("-5s", "duration cannot be negative: \"-5s\""),
            ("-5", "duration cannot be negative: -5 milliseconds"),
        ] {
            assert_eq!(read::<Duration>(text).unwrap_err(), error);
        }
        assert!(read::<Duration>("soon").unwrap_err().contains("\"soon\""));
    }

    #[test]
    fn only_go_booleans_are_booleans() {
        for text in ["yes", "on", "tRUE", "", "2"] {
            assert!(read::<bool>(text).is_err(), "{text}");
        }
        assert_eq!((read("T"), read("False")), (Ok(true), Ok(false)));
    }

    #[test]
    fn maps_take_the_last_of_equal_keys() {
        let map: BTreeMap<_, _> = read("a=1, b = 2,a=3").unwrap();
        assert_eq!((&*map["a"], &*map["b"]), ("3", "2"));
        assert!(read::<BTreeMap<_, _>>("a=b=c").is_err());
        assert!(read::<BTreeMap<_, _>>("a").is_err());
    }
}
