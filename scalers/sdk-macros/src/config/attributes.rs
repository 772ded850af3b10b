use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Expr, ExprLit, Field, Lit, LitStr, Meta, Result};

use super::parameter::{FORMATS, Parameter, ROLES, SOURCES};

/// `#[config(...)]` on the struct.
#[derive(Default)]
pub(super) struct StructAttributes {
    pub(super) validate: bool,
    pub(super) endpoints: Vec<String>,
}

impl StructAttributes {
    pub(super) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut own = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("config")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("validate") {
                    own.validate = true;
                } else if meta.path.is_ident("endpoint") {
                    let text: LitStr = meta.value()?.parse()?;
                    if text.value().contains(['"', '\\']) || text.value().contains(char::is_control)
                    {
                        return Err(Error::new(
                            text.span(),
                            "not a template such as \"{host}:{port}\"",
                        ));
                    }
                    own.endpoints.push(text.value());
                } else {
                    return Err(meta.error("expected `validate` or `endpoint = \"...\"`"));
                }
                Ok(())
            })?;
        }
        Ok(own)
    }
}

/// `#[param(...)]` on a field.
pub(super) enum FieldAttributes {
    /// There is none.
    Computed,
    Group {
        optional: bool,
    },
    Parameter(Box<Parameter>),
}

impl FieldAttributes {
    pub(super) fn read(field: &Field) -> Result<Self> {
        let mut attributes = field.attrs.iter().filter(|a| a.path().is_ident("param"));
        let Some(attribute) = attributes.next() else {
            return Ok(Self::Computed);
        };
        if let Some(second) = attributes.next() {
            return Err(Error::new_spanned(second, "one `#[param(...)]` a field"));
        }
        let mut group = false;
        let mut parameter = Parameter::new(field, doc(&field.attrs));
        let mut others = 0;
        // `#[param]` alone is fine as well.
        if !matches!(attribute.meta, Meta::Path(_)) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("group") {
                    group = true;
                } else if meta.path.is_ident("optional") {
                    parameter.optional = true;
                } else {
                    others += 1;
                    set(&mut parameter, &meta)?;
                }
                Ok(())
            })?;
        }
        if group {
            if others > 0 {
                return Err(Error::new_spanned(
                    attribute,
                    "a group takes nothing but `optional`: its fields have their own attributes",
                ));
            }
            return Ok(Self::Group {
                optional: parameter.optional,
            });
        }
        parameter
            .check()
            .map_err(|text| Error::new_spanned(attribute, text))?;
        Ok(Self::Parameter(Box::new(parameter)))
    }
}

fn set(parameter: &mut Parameter, meta: &ParseNestedMeta<'_>) -> Result<()> {
    let key = meta
        .path
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default();
    match key.as_str() {
        "secret" => add_role(parameter, "secret"),
        "names" => parameter.names = words(meta)?.into_iter().map(|(word, _)| word).collect(),
        "from" => parameter.sources = known(meta, SOURCES)?,
        "role" => {
            for role in known(meta, ROLES)? {
                add_role(parameter, &role);
            }
        }
        "format" => parameter.format = known(meta, FORMATS)?.into_iter().next(),
        "default" => parameter.default = Some(text(meta)?),
        "allowed" => parameter.allowed = words(meta)?.into_iter().map(|(word, _)| word).collect(),
        "exclusive" => {
            parameter.exclusive = words(meta)?.into_iter().map(|(word, _)| word).collect();
        }
        "deprecated" => parameter.deprecated = Some(text(meta)?),
        "announce" => parameter.announce = Some(text(meta)?),
        "separator" => parameter.separator = Some(text(meta)?),
        "range" => {
            let alone = !meta.input.peek(syn::Token![=]);
            parameter.range = Some(if alone { "-".to_string() } else { text(meta)? });
        }
        _ => {
            return Err(meta.error(
                "expected one of names, from, default, optional, allowed, exclusive, separator, \
                 range, deprecated, announce, secret, role, format, group",
            ));
        }
    }
    Ok(())
}

fn add_role(parameter: &mut Parameter, role: &str) {
    if !parameter.roles.iter().any(|r| r == role) {
        parameter.roles.push(role.to_string());
    }
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<String> {
    let literal: LitStr = meta.value()?.parse()?;
    if literal.value().is_empty() {
        return Err(Error::new(
            literal.span(),
            "empty text stands for nothing: leave it out",
        ));
    }
    Ok(literal.value())
}

/// A list of words in one string.
fn words(meta: &ParseNestedMeta<'_>) -> Result<Vec<(String, LitStr)>> {
    let literal: LitStr = meta.value()?.parse()?;
    let value = literal.value();
    let words: Vec<_> = value.split(',').map(|w| w.trim().to_string()).collect();
    if words.iter().any(String::is_empty) {
        return Err(Error::new(
            literal.span(),
            "expected words separated by commas",
        ));
    }
    Ok(words
        .into_iter()
        .map(|word| (word, literal.clone()))
        .collect())
}

fn known(meta: &ParseNestedMeta<'_>, all: &[&str]) -> Result<Vec<String>> {
    words(meta)?
        .into_iter()
        .map(|(word, literal)| {
            if all.contains(&word.as_str()) {
                Ok(word)
            } else {
                let all = all.join(", ");
                Err(Error::new(
                    literal.span(),
                    format!("{word:?} is none of {all}"),
                ))
            }
        })
        .collect()
}

/// The doc comment as one paragraph of text.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(line),
                    ..
                }) => Some(line.value()),
                _ => None,
            },
            _ => None,
        });
    let lines: Vec<_> = lines.map(|line| line.trim().to_string()).collect();
    // A blank line stays a paragraph's end.
    lines
        .split(String::is_empty)
        .map(|paragraph| paragraph.join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}
