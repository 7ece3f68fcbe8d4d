//! A tree of the tests' own, as text in many spellings and in the canonical one. It shares nothing with the crate.

use crate::random::Random;

#[derive(Clone, Debug)]
pub(crate) enum Model {
    Or(Vec<Model>),
    And(Vec<Model>),
    Not(Box<Model>),
    Term(ModelTerm),
}

#[derive(Clone, Debug)]
pub(crate) enum ModelTerm {
    Word(&'static str),
    /// Field, comparison, date.
    Date(&'static str, &'static str, ModelDate),
    /// The key and the word behind the colon.
    Key(&'static str, &'static str),
    /// Id and names; no name if it is gone. The Inbox has no id.
    Name {
        mark: char,
        id: Option<String>,
        name: Option<String>,
    },
    Text(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) enum ModelDate {
    Word(&'static str),
    Absolute(String),
    Offset(i64, char),
}

impl Model {
    pub(crate) fn terms(&self) -> Vec<&ModelTerm> {
        match self {
            Self::Or(nodes) | Self::And(nodes) => nodes.iter().flat_map(Self::terms).collect(),
            Self::Not(node) => node.terms(),
            Self::Term(term) => vec![term],
        }
    }

    fn strength(&self) -> u8 {
        match self {
            Self::Or(_) => 0,
            Self::And(_) => 1,
            Self::Not(_) => 2,
            Self::Term(_) => 3,
        }
    }

    /// Whether a parent of this strength needs parentheses around the node.
    fn needs_parentheses(&self, parent: u8) -> bool {
        self.strength() < parent || (parent == 2 && self.strength() == 2)
    }

    pub(crate) fn canonical(&self) -> String {
        self.canonical_in(0)
    }

    fn canonical_in(&self, parent: u8) -> String {
        let joined = |nodes: &[Self], operator: &str| {
            let strength = self.strength();
            let texts: Vec<_> = nodes.iter().map(|it| it.canonical_in(strength)).collect();
            texts.join(operator)
        };
        let text = match self {
            Self::Or(nodes) => joined(nodes, " | "),
            Self::And(nodes) => joined(nodes, " & "),
            Self::Not(node) => format!("!{}", node.canonical_in(2)),
            Self::Term(term) => term.canonical(),
        };
        if self.needs_parentheses(parent) {
            format!("({text})")
        } else {
            text
        }
    }

    /// One of the many spellings.
    pub(crate) fn typed(&self, random: &mut Random) -> String {
        let mut text = self.typed_in(0, random);
        for space in ["", " ", "\t"] {
            if random.one_in(6) {
                text = format!("{space}{text}{space}");
            }
        }
        text
    }

    fn typed_in(&self, parent: u8, random: &mut Random) -> String {
        let strength = self.strength();
        let text = match self {
            Self::Or(nodes) => {
                let texts: Vec<_> = nodes
                    .iter()
                    .map(|node| node.typed_in(strength, random))
                    .collect();
                texts.join(random.pick(&["|", " | ", " |", "\n|  "]))
            }
            Self::And(nodes) => {
                let mut text = String::new();
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        text.push_str(random.pick(&["&", " & ", " ", "  ", "\u{a0}", "& "]));
                    }
                    text.push_str(&node.typed_in(strength, random));
                }
                text
            }
            Self::Not(node) => {
                let space = random.pick(&["", "", " "]);
                format!("!{space}{}", node.typed_in(strength, random))
            }
            Self::Term(term) => term.typed(random),
        };
        if self.needs_parentheses(parent) || random.one_in(10) {
            let space = random.pick(&["", "", " "]);
            format!("({space}{text}{space})")
        } else {
            text
        }
    }
}

impl ModelTerm {
    fn canonical(&self) -> String {
        match self {
            Self::Word(word) => (*word).to_owned(),
            Self::Date(field, ":", date) => format!("{field}:{}", date.canonical()),
            Self::Date(field, op, date) => format!("{field} {op} {}", date.canonical()),
            Self::Key(key, word) => format!("{key}:{word}"),
            Self::Name { id: None, .. } => "#inbox".to_owned(),
            Self::Name {
                mark, id: Some(id), ..
            } => format!("{mark}{{{id}}}"),
            Self::Text(text) => format!("\"{text}\""),
        }
    }

    fn typed(&self, random: &mut Random) -> String {
        match self {
            Self::Word(word) => any_case(word, random),
            Self::Date(field, op, date) => {
                let op = match *op {
                    ":" => random.pick(&[":", "="]),
                    op => op,
                };
                let space = random.pick(&["", " ", "  "]);
                let field = any_case(field, random);
                format!("{field}{space}{op}{space}{}", date.typed(random))
            }
            Self::Key(key, word) => {
                let space = random.pick(&["", "", "", " "]);
                format!(
                    "{}:{space}{}",
                    any_case(key, random),
                    any_case(word, random)
                )
            }
            Self::Name { mark, id, name } => {
                let name = match (id, name) {
                    (None, _) => any_case("inbox", random),
                    (Some(id), name) => match name.as_ref().filter(|_| !random.one_in(5)) {
                        None => format!("{{{}}}", any_case(id, random)),
                        Some(name) if name.contains(char::is_whitespace) => format!("\"{name}\""),
                        Some(name) if random.one_in(4) => format!("\"{name}\""),
                        Some(name) => any_case(name, random),
                    },
                };
                format!("{mark}{name}")
            }
            Self::Text(text) => format!("\"{text}\""),
        }
    }
}

impl ModelDate {
    fn canonical(&self) -> String {
        match self {
            Self::Word(word) => (*word).to_owned(),
            Self::Absolute(date) => date.clone(),
            Self::Offset(count, unit) => {
                let sign = if *count < 0 { '-' } else { '+' };
                format!("{sign}{}{unit}", count.abs())
            }
        }
    }

    fn typed(&self, random: &mut Random) -> String {
        match self {
            Self::Offset(count, unit) if random.one_in(4) => {
                let sign = if *count < 0 { '-' } else { '+' };
                format!("{sign}{:03}{}", count.abs(), unit.to_ascii_uppercase())
            }
            _ => any_case(&self.canonical(), random),
        }
    }
}

fn any_case(word: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => word.to_ascii_uppercase(),
        1 => word
            .chars()
            .enumerate()
            .map(|(index, char)| match index {
                0 => char.to_ascii_uppercase(),
                _ => char,
            })
            .collect(),
        _ => word.to_owned(),
    }
}
