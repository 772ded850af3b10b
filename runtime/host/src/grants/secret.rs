//! Finds the secrets inside endpoint parameters, to keep them out of what is shown.

use runtime_types::Format;

use super::format::{libpq_words, pairs};

/// The passwords and keys that `text` holds, as they stand in it.
pub(crate) fn secrets(format: Format, text: &str) -> Vec<String> {
    match format {
        Format::Url | Format::Amqp => text.split(',').filter_map(password_of_url).collect(),
        // Hosts are separated by commas, after what is everybody's.
        Format::Mongodb => password_of_url(text).into_iter().collect(),
        Format::Libpq if text.contains("://") => password_of_url(text).into_iter().collect(),
        Format::Libpq => libpq_words(text)
            .into_iter()
            .filter(|(key, _)| key == "password" || key == "sslpassword")
            .map(|(_, value)| value)
            .collect(),
        Format::GoMysqlDsn => password_of_dsn(text).into_iter().collect(),
        Format::Azure | Format::Ado => pairs(text)
            .filter(|(key, _)| {
                let named = ["password", "pwd", "sharedaccesssignature"];
                named.contains(&key.as_str()) || (key.ends_with("key") && !key.ends_with("keyname"))
            })
            .map(|(_, value)| value.to_string())
            .collect(),
        Format::HostPort | Format::Host => Vec::new(),
    }
}

/// `scheme://user:password@host`: what stands between the first colon and the last `@`.
fn password_of_url(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    Some(user.split_once(':')?.1.to_string())
}

/// `user:password@tcp(host:port)/database`; the password may hold anything.
fn password_of_dsn(text: &str) -> Option<String> {
    let before_database = text.rsplit_once('/').map_or(text, |(before, _)| before);
    let (user, _) = before_database.rsplit_once('@')?;
    Some(user.split_once(':')?.1.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_yields_its_secrets() {
        let cases: &[(Format, &str, &[&str])] = &[
            (Format::Url, "https://u:p%40ss@h/x", &["p%40ss"]),
            (Format::Url, "https://h/x?a=b:c@d", &[]),
            (
                Format::Amqp,
                "amqp://u:one@h,amqp://u:two@i",
                &["one", "two"],
            ),
            (Format::Mongodb, "mongodb://u:p@a:1,b:2/db", &["p"]),
            (Format::Libpq, "postgres://u:p@a,b/db", &["p"]),
            (Format::Libpq, "host=h password='a b' user=u", &["a b"]),
            (Format::GoMysqlDsn, "u:p@ss/w@tcp(h:1)/db", &["p@ss/w"]),
            (
                Format::Azure,
                "Endpoint=sb://n/;SharedAccessKeyName=k;SharedAccessKey=s3c=",
                &["s3c="],
            ),
            (Format::Ado, "Server=h;User Id=u;Password=p", &["p"]),
            (Format::HostPort, "a:1", &[]),
        ];
        for (format, text, expected) in cases {
            assert_eq!(&secrets(*format, text), expected, "{format:?} {text}");
        }
    }
}
