//! Reads a text as a tree. One pass over code points; the depth of the recursion is limited.

use jiff::civil::Date;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

use crate::dates::DateValue;
use crate::error::{InvalidFilter, quoted};
use crate::filter::Filter;
use crate::names::Names;
use crate::tree::{DateField, Node, Op, Term};
use crate::words::{
    ABSENT, DATE_FIELDS, DAYS, INBOX, OPS, PARTS, PRIORITIES, STATES, Table, UNITS, WORDS, listed,
    meaning,
};

const TERM: &str = "a term such as today, due < +7d, is:done, p1, #list, @label or \"words\"";
const DATE: &str =
    "a date such as 2026-11-25, today, tomorrow, yesterday, +3d, -2w, +1m or a weekday such as mon";
/// A search has at most so many code points.
const TEXT_MAX: usize = 200;

/// Reads a query. Without names it has only ids.
pub(crate) fn query(
    text: &str,
    max_chars: usize,
    names: Option<&Names>,
) -> Result<Node, InvalidFilter> {
    // One more than allowed is enough to see that there are too many.
    let chars: Vec<char> = text.chars().take(max_chars + 1).collect();
    let mut parser = Parser {
        chars,
        place: 0,
        names,
        terms: 0,
        depth: 0,
    };
    if parser.chars.len() > max_chars {
        let reason =
            format!("found more than {max_chars} characters, expected at most {max_chars}");
        return Err(InvalidFilter {
            offset: max_chars,
            reason,
        });
    }
    let root = parser.or()?;
    match parser.peek() {
        None => Ok(root),
        Some(_) => Err(parser.unexpected("\"&\", \"|\" or the end of the text")),
    }
}

/// Whether a name without quotation marks may contain this. Marks belong to letters: without them no name in Hindi would
/// be one run.
pub(crate) fn is_in_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '-' || is_combining_mark(char)
}

struct Parser<'n> {
    chars: Vec<char>,
    place: usize,
    names: Option<&'n Names>,
    terms: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Node, InvalidFilter> {
        let mut operands = vec![self.and()?];
        while self.eat('|') {
            operands.push(self.and()?);
        }
        Ok(Node::or(operands))
    }

    fn and(&mut self) -> Result<Node, InvalidFilter> {
        let mut operands = vec![self.not()?];
        while self.eat('&') || self.peek().is_some_and(|char| !"|)".contains(char)) {
            operands.push(self.not()?);
        }
        Ok(Node::and(operands))
    }

    fn not(&mut self) -> Result<Node, InvalidFilter> {
        if self.eat('!') {
            return Ok(Node::Not(Box::new(self.atom()?)));
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Node, InvalidFilter> {
        if self.peek() == Some('(') {
            return self.group();
        }
        self.term().map(Node::Term)
    }

    fn group(&mut self) -> Result<Node, InvalidFilter> {
        let open = self.place;
        self.depth += 1;
        if self.depth > Filter::MAX_DEPTH {
            let max = Filter::MAX_DEPTH;
            let reason = format!(
                "found parentheses {} deep, expected at most {max}",
                self.depth
            );
            return Err(self.error(open, reason));
        }
        self.place += 1;
        let inner = self.or()?;
        if !self.eat(')') {
            return Err(self.unexpected(&format!(
                "\"&\", \"|\" or \")\" for the \"(\" at character {open}"
            )));
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn term(&mut self) -> Result<Term, InvalidFilter> {
        let Some(first) = self.peek() else {
            return Err(self.unexpected(TERM));
        };
        let start = self.place;
        self.terms += 1;
        if self.terms > Filter::MAX_TERMS {
            let max = Filter::MAX_TERMS;
            let reason = format!("found more than {max} terms, expected at most {max}");
            return Err(self.error(start, reason));
        }
        match first {
            '#' => self.list(),
            '@' => self.label(),
            '"' => self.text(),
            _ => self.word_term(),
        }
    }

    fn word_term(&mut self) -> Result<Term, InvalidFilter> {
        let start = self.place;
        let word = self.word();
        if let Some(word) = meaning(WORDS, &word) {
            return Ok(Term::Word(word));
        }
        if let Some(priority) = meaning(PRIORITIES, &word) {
            return Ok(Term::Priority(priority));
        }
        if let Some(field) = meaning(DATE_FIELDS, &word) {
            return self.comparison(field);
        }
        match word.as_str() {
            "no" => self.keyed(ABSENT).map(Term::No),
            "is" => self.keyed(STATES).map(Term::Is),
            "has" => self.keyed(PARTS).map(Term::Has),
            _ => {
                self.place = start;
                Err(self.unexpected(TERM))
            }
        }
    }

    /// A colon and a word of the table.
    fn keyed<T: Copy>(&mut self, table: Table<T>) -> Result<T, InvalidFilter> {
        if !self.eat(':') {
            return Err(self.unexpected("\":\""));
        }
        self.skip_space();
        let start = self.place;
        let word = self.word();
        meaning(table, &word).ok_or_else(|| {
            self.place = start;
            self.unexpected(&listed(table))
        })
    }

    fn comparison(&mut self, field: DateField) -> Result<Term, InvalidFilter> {
        let op = self.op()?;
        self.skip_space();
        Ok(Term::Date(field, op, self.date()?))
    }

    fn op(&mut self) -> Result<Op, InvalidFilter> {
        self.skip_space();
        for (spelling, op) in OPS {
            let end = self.place + spelling.len();
            let is_here = self
                .chars
                .get(self.place..end)
                .is_some_and(|chars| chars.iter().copied().eq(spelling.chars()));
            if is_here {
                self.place = end;
                return Ok(*op);
            }
        }
        Err(self.unexpected("\":\", \"=\", \"<\", \"<=\", \">\" or \">=\""))
    }

    fn date(&mut self) -> Result<DateValue, InvalidFilter> {
        let start = self.place;
        let sign = match self.peek() {
            Some('+') => 1,
            Some('-') => -1,
            _ => 0,
        };
        if sign != 0 {
            self.place += 1;
        }
        let word = self.word();
        let found = match sign {
            0 => meaning(DAYS, &word).or_else(|| absolute(&word)),
            _ => offset(&word, sign),
        };
        found.ok_or_else(|| {
            let end = self.place;
            self.place = start;
            match self.chars.get(start..end) {
                Some(chars) if !chars.is_empty() => {
                    self.error(start, format!("found {}, expected {DATE}", quoted(chars)))
                }
                _ => self.unexpected(DATE),
            }
        })
    }

    fn list(&mut self) -> Result<Term, InvalidFilter> {
        let start = self.place;
        match self.name()? {
            // The storage's id of the Inbox.
            Name::Id(id) => Ok(Term::List((!id.is_nil()).then_some(id))),
            Name::Typed(name) => {
                if let Some(id) = self.names.and_then(|names| names.list(&name)) {
                    return Ok(Term::List(Some(id)));
                }
                if name.eq_ignore_ascii_case(INBOX) {
                    return Ok(Term::List(None));
                }
                Err(self.unknown(start, "the name of a list or #inbox"))
            }
        }
    }

    fn label(&mut self) -> Result<Term, InvalidFilter> {
        let start = self.place;
        match self.name()? {
            Name::Id(id) => Ok(Term::Label(id)),
            Name::Typed(name) => self
                .names
                .and_then(|names| names.label(&name))
                .map(Term::Label)
                .ok_or_else(|| self.unknown(start, "the name of a label")),
        }
    }

    fn unknown(&self, start: usize, expected: &str) -> InvalidFilter {
        let chars = self.chars.get(start + 1..self.place).unwrap_or_default();
        let name = quoted(match chars {
            ['"', name @ .., '"'] => name,
            name => name,
        });
        let expected = match self.names {
            Some(_) => format!("{expected} that exists"),
            None => "an id in braces".to_owned(),
        };
        self.error(start, format!("found the name {name}, expected {expected}"))
    }

    /// What follows `#` or `@`.
    fn name(&mut self) -> Result<Name, InvalidFilter> {
        self.place += 1;
        match self.chars.get(self.place) {
            Some('"') => self.string().map(Name::Typed),
            Some('{') => self.id().map(Name::Id),
            Some(char) if is_in_name(*char) => {
                let start = self.place;
                self.skip_name();
                Ok(Name::Typed(self.slice(start, self.place)))
            }
            _ => Err(self.unexpected_here("a name, a name in quotation marks or an id in braces")),
        }
    }

    fn id(&mut self) -> Result<Uuid, InvalidFilter> {
        let start = self.place + 1;
        let length = self.distance(start, '}');
        let id = length.and_then(|length| {
            let text = self.slice(start, start + length);
            // Only the form with hyphens has this length.
            (length == 36)
                .then(|| Uuid::try_parse(&text).ok())
                .flatten()
        });
        let Some(id) = id else {
            let end = length.map_or(self.chars.len(), |length| start + length + 1);
            let found = quoted(self.chars.get(self.place..end).unwrap_or_default());
            let reason = format!(
                "found {found}, expected an id such as {{0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f}}"
            );
            return Err(self.error(self.place, reason));
        };
        self.place = start + 37;
        Ok(id)
    }

    fn text(&mut self) -> Result<Term, InvalidFilter> {
        let start = self.place;
        let text = self.string()?;
        let length = self.place - start - 2;
        if length > TEXT_MAX || !text.contains(char::is_alphanumeric) {
            let reason = format!(
                "found a text of length {length}, expected a length of 1 to {TEXT_MAX} and a letter or a digit"
            );
            return Err(self.error(start, reason));
        }
        Ok(Term::Text(text))
    }

    /// A text in quotation marks.
    fn string(&mut self) -> Result<String, InvalidFilter> {
        let start = self.place + 1;
        let Some(length) = self.distance(start, '"') else {
            let reason = "found a quotation mark without an end, expected a second one";
            return Err(self.error(self.place, reason.to_owned()));
        };
        if length == 0 {
            let reason = "found an empty text, expected characters between the quotation marks";
            return Err(self.error(self.place, reason.to_owned()));
        }
        let text = self.slice(start, start + length);
        if let Some(index) = text.chars().position(char::is_control) {
            let reason = "found a control character, expected a text without one";
            return Err(self.error(start + index, reason.to_owned()));
        }
        self.place = start + length + 1;
        Ok(text)
    }

    /// How many characters from `start` on precede this one.
    fn distance(&self, start: usize, wanted: char) -> Option<usize> {
        let mut rest = self.chars.iter().skip(start);
        rest.position(|char| *char == wanted)
    }

    /// The run of characters of a name that begins here, in lower case.
    fn word(&mut self) -> String {
        let start = self.place;
        self.skip_name();
        self.slice(start, self.place).to_ascii_lowercase()
    }

    fn skip_name(&mut self) {
        while self.chars.get(self.place).copied().is_some_and(is_in_name) {
            self.place += 1;
        }
    }

    fn skip_space(&mut self) {
        while self
            .chars
            .get(self.place)
            .is_some_and(|char| char.is_whitespace())
        {
            self.place += 1;
        }
    }

    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.chars.get(self.place).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let is_here = self.peek() == Some(wanted);
        if is_here {
            self.place += 1;
        }
        is_here
    }

    fn slice(&self, start: usize, end: usize) -> String {
        let chars = self.chars.get(start..end).unwrap_or_default();
        chars.iter().collect()
    }

    fn unexpected(&mut self, expected: &str) -> InvalidFilter {
        self.skip_space();
        self.unexpected_here(expected)
    }

    /// An error about the run or the character at this place.
    fn unexpected_here(&mut self, expected: &str) -> InvalidFilter {
        let start = self.place;
        self.skip_name();
        let end = self.place.max(start + 1);
        let found = match self.chars.get(start..end) {
            Some(chars) => quoted(chars),
            None => "the end of the text".to_owned(),
        };
        self.error(start, format!("found {found}, expected {expected}"))
    }

    fn error(&self, offset: usize, reason: String) -> InvalidFilter {
        InvalidFilter { offset, reason }
    }
}

enum Name {
    Id(Uuid),
    Typed(String),
}

/// A date as `YYYY-MM-DD`, of the years that a task can have.
fn absolute(word: &str) -> Option<DateValue> {
    let is_digit = |place: usize| word.as_bytes().get(place).is_some_and(u8::is_ascii_digit);
    let is_form = word.len() == 10
        && (0..10).all(|place| match place {
            4 | 7 => word.as_bytes().get(place) == Some(&b'-'),
            _ => is_digit(place),
        });
    let date: Date = is_form.then(|| word.parse().ok()).flatten()?;
    (date.year() >= 1).then_some(DateValue::On(date))
}

/// One to four digits and a unit.
fn offset(word: &str, sign: i16) -> Option<DateValue> {
    let digits = word.trim_end_matches(|char: char| !char.is_ascii_digit());
    let unit = meaning(UNITS, word.strip_prefix(digits)?)?;
    let is_number =
        (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: i16 = is_number.then(|| digits.parse().ok()).flatten()?;
    Some(DateValue::Offset(sign * count, unit))
}
