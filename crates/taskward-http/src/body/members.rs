//! Reading the members of a JSON object, at any depth: each rule that is broken is reported with a pointer to its member.

use std::fmt;

use serde_json::{Map, Value};

use crate::limits::NAME_MAX;
use crate::problem::FieldError;

/// Where a value is in the body, as a JSON Pointer (RFC 6901). It is spelled out only when a rule is broken.
#[derive(Clone, Copy)]
pub(super) enum Pointer<'p> {
    Root,
    Member(&'p Pointer<'p>, &'p str),
    Entry(&'p Pointer<'p>, usize),
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(object, name) => {
                write!(f, "{object}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Entry(array, index) => write!(f, "{array}/{index}"),
        }
    }
}

/// A value of a body.
pub(crate) trait Member: Sized {
    /// What the value must be, in words that follow "must be".
    const TYPE: &'static str;

    /// `None` only if a broken rule was reported.
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self>;
}

/// The place of a value, to report rules that it breaks.
pub(crate) struct Place<'a> {
    pointer: Pointer<'a>,
    /// Whether `null` is possible too.
    is_nullable: bool,
    errors: &'a mut Vec<FieldError>,
}

impl Place<'_> {
    /// Reports a broken rule. The text completes a sentence that begins with the member.
    pub(crate) fn broken<T>(&mut self, code: &'static str, rule: impl fmt::Display) -> Option<T> {
        self.errors
            .push(FieldError::at(self.pointer.to_string(), code, rule));
        None
    }

    pub(crate) fn wrong_type<T>(&mut self, expected: &str) -> Option<T> {
        let or_null = if self.is_nullable { " or null" } else { "" };
        self.broken("wrong_type", format_args!("must be {expected}{or_null}"))
    }

    /// Reads the value as an object.
    pub(crate) fn object<T>(
        &mut self,
        value: Value,
        noun: &'static str,
        read: impl FnOnce(&mut Members<'_>) -> Option<T>,
    ) -> Option<T> {
        match value {
            Value::Object(object) => Members::read(object, noun, self.pointer, self.errors, read),
            _ => self.wrong_type("an object"),
        }
    }

    /// Reads each entry of an array. `None` if one of them was refused.
    pub(crate) fn entries<T: Member>(&mut self, entries: Vec<Value>) -> Option<Vec<T>> {
        let mut read = Vec::with_capacity(entries.len());
        let count = entries.len();
        for (index, entry) in entries.into_iter().enumerate() {
            let mut place = Place {
                pointer: Pointer::Entry(&self.pointer, index),
                is_nullable: false,
                errors: &mut *self.errors,
            };
            read.extend(T::read(entry, &mut place));
        }
        (read.len() == count).then_some(read)
    }
}

/// The members of an object that are not read yet.
pub(crate) struct Members<'a> {
    noun: &'static str,
    pointer: Pointer<'a>,
    object: Map<String, Value>,
    known: Vec<&'static str>,
    errors: &'a mut Vec<FieldError>,
}

impl<'a> Members<'a> {
    /// Reads an object, and refuses the members that `read` does not ask for.
    pub(super) fn read<T>(
        object: Map<String, Value>,
        noun: &'static str,
        pointer: Pointer<'a>,
        errors: &'a mut Vec<FieldError>,
        read: impl FnOnce(&mut Members<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut members = Members {
            noun,
            pointer,
            object,
            known: Vec::new(),
            errors,
        };
        let parsed = read(&mut members);
        members.refuse_unknown();
        parsed
    }

    /// A member that has to be there.
    pub(crate) fn required<T: Member>(&mut self, name: &'static str) -> Option<T> {
        match self.take(name) {
            None | Some(Value::Null) => self.broken(name, "required", "is required"),
            Some(value) => self.value(name, value),
        }
    }

    /// A member that may be left out, but is not `null`.
    pub(crate) fn optional<T: Member>(&mut self, name: &'static str) -> Option<T> {
        match self.take(name)? {
            Value::Null => self.broken(name, "wrong_type", format_args!("must be {}", T::TYPE)),
            value => self.value(name, value),
        }
    }

    /// A member that may be left out, for `None`, or be `null`, for `Some(None)`.
    pub(crate) fn nullable<T: Member>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => self
                .place(name, true, |place| T::read(value, place))
                .map(Some),
        }
    }

    /// Whether a member that is not read yet is there. `null` counts.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Whether a member that is not read yet is there and `null`.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    /// Reads a member that is an object, where what it may have follows from other members.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        noun: &'static str,
        read: impl FnOnce(&mut Members<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.take(name) {
            None | Some(Value::Null) => self.broken(name, "required", "is required"),
            Some(value) => self.place(name, false, |place| place.object(value, noun, read)),
        }
    }

    /// Drops members that cannot be read, because what they mean follows from a member that was refused.
    pub(crate) fn ignore(&mut self, names: &[&'static str]) {
        for name in names {
            self.take(name);
        }
    }

    /// Refuses members that only the server writes.
    pub(crate) fn read_only(&mut self, names: &[&'static str]) {
        for name in names {
            if self.object.remove(*name).is_some() {
                self.broken::<()>(
                    name,
                    "read_only",
                    "is written by the server alone; leave it out",
                );
            }
        }
    }

    /// Reports a rule that a member breaks.
    pub(crate) fn broken<T>(
        &mut self,
        name: &str,
        code: &'static str,
        rule: impl fmt::Display,
    ) -> Option<T> {
        self.place(name, false, |place| place.broken(code, rule))
    }

    /// Reports a rule that the object itself breaks.
    pub(crate) fn broken_as_whole<T>(
        &mut self,
        code: &'static str,
        rule: impl fmt::Display,
    ) -> Option<T> {
        let mut place = Place {
            pointer: self.pointer,
            is_nullable: false,
            errors: &mut *self.errors,
        };
        place.broken(code, rule)
    }

    /// A number that two objects with the same members share, whatever their spelling in JSON.
    pub(crate) fn digest(&self) -> i64 {
        super::digest::of_object(&self.object)
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.object.remove(name)
    }

    fn value<T: Member>(&mut self, name: &str, value: Value) -> Option<T> {
        self.place(name, false, |place| T::read(value, place))
    }

    fn place<T>(
        &mut self,
        name: &str,
        is_nullable: bool,
        read: impl FnOnce(&mut Place<'_>) -> T,
    ) -> T {
        let object = self.pointer;
        read(&mut Place {
            pointer: Pointer::Member(&object, name),
            is_nullable,
            errors: &mut *self.errors,
        })
    }

    fn refuse_unknown(self) {
        let known: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        let known = match known.as_slice() {
            [] => "no members".to_owned(),
            known => known.join(", "),
        };
        for name in self.object.keys() {
            let name = shortened(name);
            let pointer = Pointer::Member(&self.pointer, &name).to_string();
            let noun = self.noun;
            self.errors.push(FieldError {
                pointer,
                code: "unknown_member",
                detail: format!("`{name}` is not a member of {noun}, which can have {known}"),
            });
        }
    }
}

/// An unknown name is the client's own text, which must not make the answer long.
fn shortened(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use taskward_domain::Title;

    fn read<T>(
        body: Value,
        read: impl FnOnce(&mut Members<'_>) -> Option<T>,
    ) -> (Option<T>, Vec<(String, &'static str)>) {
        let mut errors = Vec::new();
        let Value::Object(object) = body else {
            panic!("no object")
        };
        let parsed = Members::read(object, "a thing", Pointer::Root, &mut errors, read);
        let found = errors.into_iter().map(|error| (error.pointer, error.code));
        (parsed, found.collect())
    }

    #[test]
    fn every_broken_member_is_reported_at_every_depth() {
        let body = json!({"a": 1, "b/c": 2, "inner": {"title": 5, "x~y": null}, "n": null});
        let (_, mut errors) = read(body, |members| {
            members.required::<Title>("title");
            members.optional::<bool>("a");
            members.optional::<bool>("n");
            members.object("inner", "an inner thing", |inner| {
                inner.required::<Title>("title")
            })
        });
        errors.sort();
        let expected = [
            ("/a", "wrong_type"),
            ("/b~1c", "unknown_member"),
            ("/inner/title", "wrong_type"),
            ("/inner/x~0y", "unknown_member"),
            ("/n", "wrong_type"),
            ("/title", "required"),
        ];
        assert_eq!(errors, expected.map(|(at, code)| (at.to_owned(), code)));
    }

    #[test]
    fn null_is_told_from_what_is_left_out() {
        let (said, errors) = read(json!({"a": null, "b": true}), |members| {
            Some((
                members.nullable::<bool>("a"),
                members.nullable::<bool>("b"),
                members.nullable::<bool>("c"),
            ))
        });
        assert_eq!(said, Some((Some(None), Some(Some(true)), None)));
        assert!(errors.is_empty());
    }
}
