//! Reads out of a Rust file what the rules ask about: paths, string literals, function names, attributes, test code.
//!
//! Works on the compiler's tokens, so comments and the insides of strings are never mistaken for code. It knows nothing
//! of types and expands no macro; what stands inside a macro's brackets is read like code.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use super::Finding;
use super::tree::Tree;

/// What one file says.
#[derive(Default)]
pub(super) struct RustSource {
    pub(super) paths: Vec<CodePath>,
    pub(super) literals: Vec<Literal>,
    pub(super) functions: Vec<Function>,
    /// Lines of `#[ignore]`.
    pub(super) ignored_tests: Vec<usize>,
    /// Names of modules declared or defined here.
    pub(super) modules: Vec<Module>,
    /// How many lines are test modules.
    pub(super) test_lines: usize,
}

/// A path as it is written: `crate::auth::Caller`, also out of the branches of a `use`.
pub(super) struct CodePath {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
    /// The modules within this file around it.
    pub(super) within: Vec<String>,
    pub(super) in_test: bool,
}

pub(super) struct Literal {
    pub(super) line: usize,
    /// As written, quotation marks included.
    pub(super) text: String,
    pub(super) in_test: bool,
}

pub(super) struct Function {
    pub(super) line: usize,
    pub(super) name: String,
}

pub(super) struct Module {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) within: Vec<String>,
}

/// Where in a file the reading is.
#[derive(Clone, Default)]
struct Place {
    within: Vec<String>,
    in_test: bool,
}

/// Every Rust file is readable; otherwise no rule would see into it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .filter(|(path, file)| path.ends_with(".rs") && file.rust.is_none())
        .map(|(path, _)| {
            Finding::new(
                path,
                1,
                "cannot be read as Rust, so no rule can see into it",
            )
        })
        .collect()
}

impl RustSource {
    /// None when the text is not Rust. A file below a `tests/` folder is test code as a whole.
    pub(super) fn read(path: &str, text: &str) -> Option<Self> {
        let tokens = TokenStream::from_str(text).ok()?;
        let mut source = Self::default();
        let in_test = path.split('/').any(|folder| folder == "tests");
        source.walk(
            tokens,
            &Place {
                within: Vec::new(),
                in_test,
            },
        );
        Some(source)
    }

    fn walk(&mut self, tokens: TokenStream, place: &Place) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        // Whether an attribute said that the coming item exists in tests only.
        let mut test_item = false;
        while let Some((token, after)) = tokens.get(at..).and_then(<[TokenTree]>::split_first) {
            let mut here = place.clone();
            here.in_test |= test_item;
            at += match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => match attribute(after) {
                    Some(attribute) => {
                        test_item |= self.attribute(&attribute, &here);
                        1 + attribute.tokens
                    }
                    None => 1,
                },
                TokenTree::Punct(punct) => {
                    test_item &= punct.as_char() != ';';
                    1
                }
                TokenTree::Literal(literal) => {
                    self.literal(literal, &here);
                    1
                }
                TokenTree::Group(group) => {
                    self.walk(group.stream(), &here);
                    test_item &= group.delimiter() != Delimiter::Brace;
                    1
                }
                // The rest of a path that went on behind a `>`.
                TokenTree::Ident(_) if is_behind_separator(&tokens, at) => 1,
                TokenTree::Ident(ident) => match (ident.to_string().as_str(), after) {
                    ("mod", [TokenTree::Ident(name), body, ..]) => {
                        let lines =
                            self.module(ident.span().start().line, &name.to_string(), body, &here);
                        if test_item && !place.in_test {
                            self.test_lines += lines;
                        }
                        test_item = false;
                        3
                    }
                    ("fn", [TokenTree::Ident(name), ..]) => {
                        let line = name.span().start().line;
                        self.functions.push(Function {
                            line,
                            name: name.to_string(),
                        });
                        2
                    }
                    ("use", _) => {
                        let end = after
                            .iter()
                            .position(|token| is_punct(token, ';'))
                            .unwrap_or(after.len());
                        self.use_tree(&[], after.get(..end).unwrap_or_default(), &here);
                        1 + end
                    }
                    _ => self.path(tokens.get(at..).unwrap_or_default(), &here),
                },
            };
        }
    }

    /// Reads an attribute; says whether it confines the coming item to tests.
    fn attribute(&mut self, attribute: &Attribute, place: &Place) -> bool {
        match attribute.name.as_str() {
            // A doc comment is an attribute to the compiler, and prose to us.
            "doc" => return false,
            "ignore" => self.ignored_tests.push(attribute.line),
            _ => {}
        }
        self.walk(attribute.content.clone(), place);
        let is_test_cfg = attribute.name == "cfg"
            && attribute
                .content
                .clone()
                .into_iter()
                .any(|token| match token {
                    TokenTree::Group(group) => group.stream().to_string() == "test",
                    _ => false,
                });
        is_test_cfg || attribute.ends_with_test
    }

    /// Reads a module; says how many lines it has in this file.
    fn module(&mut self, line: usize, name: &str, body: &TokenTree, place: &Place) -> usize {
        self.modules.push(Module {
            line,
            name: name.to_owned(),
            within: place.within.clone(),
        });
        let TokenTree::Group(group) = body else {
            return 1;
        };
        let mut inner = place.clone();
        inner.within.push(name.to_owned());
        self.walk(group.stream(), &inner);
        group.span_close().end().line - line + 1
    }

    fn literal(&mut self, literal: &proc_macro2::Literal, place: &Place) {
        let text = literal.to_string();
        if text.contains('"') {
            self.literals.push(Literal {
                line: literal.span().start().line,
                text,
                in_test: place.in_test,
            });
        }
    }

    /// Takes a path from the front; says how many tokens it has.
    fn path(&mut self, tokens: &[TokenTree], place: &Place) -> usize {
        let Some(TokenTree::Ident(first)) = tokens.first() else {
            return 1;
        };
        let mut segments = vec![first.to_string()];
        let mut length = 1;
        while let Some([colon, second, TokenTree::Ident(next)]) = tokens.get(length..length + 3) {
            if !is_separator(colon, second) {
                break;
            }
            segments.push(next.to_string());
            length += 3;
        }
        if segments.len() > 1 {
            let line = first.span().start().line;
            self.paths.push(CodePath {
                line,
                segments,
                within: place.within.clone(),
                in_test: place.in_test,
            });
        }
        length
    }

    /// Takes a `use` tree apart into the paths it names.
    fn use_tree(&mut self, prefix: &[String], tokens: &[TokenTree], place: &Place) {
        for branch in tokens.split(|token| is_punct(token, ',')) {
            let mut segments = prefix.to_vec();
            let mut line = 0;
            let mut is_group = false;
            for token in branch {
                match token {
                    TokenTree::Ident(ident) if *ident == "as" => break,
                    TokenTree::Ident(ident) => {
                        line = ident.span().start().line;
                        segments.push(ident.to_string());
                    }
                    TokenTree::Group(group) => {
                        is_group = true;
                        self.use_group(&segments, group, place);
                    }
                    TokenTree::Punct(star) if star.as_char() == '*' => {
                        line = star.span().start().line
                    }
                    _ => {}
                }
            }
            if line > 0 && !is_group {
                // `use a::{self}` names `a`.
                if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
                    segments.pop();
                }
                self.paths.push(CodePath {
                    line,
                    segments,
                    within: place.within.clone(),
                    in_test: place.in_test,
                });
            }
        }
    }

    fn use_group(&mut self, prefix: &[String], group: &Group, place: &Place) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        self.use_tree(prefix, &tokens, place);
    }
}

struct Attribute {
    name: String,
    line: usize,
    content: TokenStream,
    /// `#[test]`, `#[tokio::test]`
    ends_with_test: bool,
    /// How many tokens follow the `#`.
    tokens: usize,
}

fn attribute(after: &[TokenTree]) -> Option<Attribute> {
    let (group, tokens) = match after {
        [TokenTree::Group(group), ..] => (group, 1),
        [inner, TokenTree::Group(group), ..] if is_punct(inner, '!') => (group, 2),
        _ => return None,
    };
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let mut name = String::new();
    let mut last = String::new();
    for token in group.stream() {
        match token {
            TokenTree::Ident(ident) => last = ident.to_string(),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
        if name.is_empty() {
            name.clone_from(&last);
        }
    }
    Some(Attribute {
        name,
        line: group.span_open().start().line,
        content: group.stream(),
        ends_with_test: last == "test",
        tokens,
    })
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_separator(first: &TokenTree, second: &TokenTree) -> bool {
    let joint = matches!(first, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
    joint && is_punct(first, ':') && is_punct(second, ':')
}

/// Whether `::` stands before this token, as behind the `>` in `Vec::<u8>::new`.
fn is_behind_separator(tokens: &[TokenTree], at: usize) -> bool {
    matches!(at.checked_sub(2).and_then(|from| tokens.get(from..at)), Some([one, two]) if is_separator(one, two))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RustSource {
        RustSource::read("src/x.rs", text).unwrap()
    }

    fn paths(text: &str) -> Vec<String> {
        read(text)
            .paths
            .iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn a_use_is_taken_apart() {
        let found = paths("pub(crate) use crate::{auth::{self, Caller as C}, store::*, domain};");
        assert_eq!(
            found,
            [
                "crate::auth",
                "crate::auth::Caller",
                "crate::store",
                "crate::domain"
            ]
        );
    }

    #[test]
    fn paths_in_expressions_types_macros_and_attributes_are_seen() {
        let found = paths(
            "#[derive(serde::Serialize)] struct A(crate::b::C); fn f() { x!(super::y::z()); }",
        );
        assert_eq!(found, ["serde::Serialize", "crate::b::C", "super::y::z"]);
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        assert!(
            paths("/// crate::a::b\nfn f() { /* crate::c::d */ let _ = \"crate::e::f\"; }")
                .is_empty()
        );
    }

    #[test]
    fn the_tail_of_a_generic_path_is_no_path_of_its_own() {
        assert!(paths("fn f() { Vec::<u8>::new::<u8>(); }").is_empty());
    }

    #[test]
    fn test_code_is_known_by_its_attribute_its_module_and_its_folder() {
        let source = read(
            "fn a() { b::c(); }\n#[cfg(test)]\nmod tests {\n fn d() { e::f(); }\n}\nfn g() { h::i(); }",
        );
        let in_test: Vec<bool> = source.paths.iter().map(|path| path.in_test).collect();
        assert_eq!(in_test, [false, true, false]);
        assert_eq!(source.test_lines, 3);
        let source = read("#[tokio::test] async fn a() { b::c(); }\nfn d() { e::f(); }");
        let in_test: Vec<bool> = source.paths.iter().map(|path| path.in_test).collect();
        assert_eq!(in_test, [false, true, false]);
        assert!(
            RustSource::read("crates/a/tests/it.rs", "fn a() { b::c(); }")
                .unwrap()
                .paths
                .iter()
                .all(|p| p.in_test)
        );
    }

    #[test]
    fn a_file_that_is_not_rust_is_found() {
        let broken = ("crates/a/src/b.rs", "fn f() { (");
        assert_eq!(
            crate::tidy::places(check, &[broken]),
            ["crates/a/src/b.rs:1"]
        );
    }
}
