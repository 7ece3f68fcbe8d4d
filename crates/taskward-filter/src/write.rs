//! Writes a tree as text, with ids or with names.

use uuid::Uuid;

use crate::dates::DateValue;
use crate::names::Names;
use crate::parse::is_in_name;
use crate::tree::{Node, Op, Term};
use crate::words::{
    ABSENT, DATE_FIELDS, DAYS, INBOX, OPS, PARTS, PRIORITIES, STATES, UNITS, WORDS, spelling,
};
/// The text of a query. Without names it has only ids.
pub(crate) fn query(root: &Node, names: Option<&Names>) -> String {
    match root {
        Node::Or(operands) => joined(operands, " | ", names),
        Node::And(operands) => joined(operands, " & ", names),
        Node::Not(operand) => format!("!{}", operand_of_not(operand, names)),
        Node::Term(term) => term_text(term, names),
    }
}

fn joined(operands: &[Node], operator: &str, names: Option<&Names>) -> String {
    let is_and = operator == " & ";
    let texts: Vec<_> = operands
        .iter()
        .map(|operand| match operand {
            Node::Or(_) if is_and => in_parentheses(operand, names),
            _ => query(operand, names),
        })
        .collect();
    texts.join(operator)
}

fn operand_of_not(operand: &Node, names: Option<&Names>) -> String {
    match operand {
        Node::Term(term) => term_text(term, names),
        _ => in_parentheses(operand, names),
    }
}

fn in_parentheses(node: &Node, names: Option<&Names>) -> String {
    format!("({})", query(node, names))
}

fn term_text(term: &Term, names: Option<&Names>) -> String {
    match term {
        Term::Word(word) => spelling(WORDS, word).to_owned(),
        Term::Date(field, op, value) => {
            let space = if *op == Op::Equal { "" } else { " " };
            format!(
                "{}{space}{}{space}{}",
                spelling(DATE_FIELDS, field),
                spelling(OPS, op),
                date_text(*value)
            )
        }
        Term::No(absent) => format!("no:{}", spelling(ABSENT, absent)),
        Term::Is(state) => format!("is:{}", spelling(STATES, state)),
        Term::Has(part) => format!("has:{}", spelling(PARTS, part)),
        Term::Priority(priority) => spelling(PRIORITIES, priority).to_owned(),
        Term::List(None) => inbox(names),
        Term::List(Some(id)) => format!("#{}", name(*id, names.and_then(|it| it.list_name(*id)))),
        Term::Label(id) => format!("@{}", name(*id, names.and_then(|it| it.label_name(*id)))),
        Term::Text(text) => format!("\"{text}\""),
    }
}

fn date_text(value: DateValue) -> String {
    match value {
        DateValue::On(date) => date.to_string(),
        DateValue::Offset(count, unit) => format!("{count:+}{}", spelling(UNITS, &unit)),
        day => spelling(DAYS, &day).to_owned(),
    }
}

/// Where a list has the name of the Inbox, the Inbox is the nil id.
fn inbox(names: Option<&Names>) -> String {
    if names.is_some_and(|names| names.list(INBOX).is_some()) {
        format!("#{{{}}}", Uuid::nil())
    } else {
        format!("#{INBOX}")
    }
}

fn name(id: Uuid, name: Option<&str>) -> String {
    match name {
        Some(name) if !name.is_empty() && name.chars().all(is_in_name) => name.to_owned(),
        Some(name) if !name.is_empty() && !name.contains('"') => format!("\"{name}\""),
        _ => format!("{{{id}}}"),
    }
}
