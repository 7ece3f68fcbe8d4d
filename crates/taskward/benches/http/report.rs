//! The tables: what was measured, the bar, and whether it is met.
//!
//! Bars are ratios wherever the machine would otherwise decide. Nothing fails here: a busy machine is no defect.

use std::fmt::Write as _;

/// The middle of several measurements, and how far apart they are.
pub(crate) struct Spread {
    median: f64,
    lowest: f64,
    highest: f64,
}

impl Spread {
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            lowest: at(0),
            highest: at(values.len().saturating_sub(1)),
        }
    }

    fn of_one(value: f64) -> Self {
        Self::of(&[value])
    }
}

/// Each round's value against the other's of the same round.
pub(crate) fn ratios(values: &[f64], others: &[f64]) -> Vec<f64> {
    values
        .iter()
        .zip(others)
        .map(|(value, other)| value / other)
        .collect()
}

pub(crate) enum Bar {
    AtLeast(f64),
    Below(f64),
}

impl Bar {
    fn is_met(&self, value: f64) -> bool {
        match *self {
            Self::AtLeast(bar) => value >= bar,
            Self::Below(bar) => value < bar,
        }
    }
}

/// Collects lines.
#[derive(Default)]
pub(crate) struct Report {
    bars: String,
    rates: String,
}

impl Report {
    /// A ratio, shown in percent.
    pub(crate) fn share(&mut self, what: &str, bar: f64, measured: &Spread) {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        self.line(what, &Bar::AtLeast(bar), measured, percent);
    }

    /// A number in its own unit.
    pub(crate) fn number(&mut self, what: &str, bar: Bar, measured: &Spread) {
        self.line(what, &bar, measured, |number| format!("{number:.1}"));
    }

    /// The memory of the idle server and the most it had under load.
    pub(crate) fn memory(&mut self, idle: f64, most: f64) {
        self.number(
            "memory of the idle server, MiB",
            Bar::Below(25.0),
            &Spread::of_one(idle),
        );
        self.number(
            "memory under load, at most, MiB",
            Bar::Below(80.0),
            &Spread::of_one(most),
        );
    }

    fn line(&mut self, what: &str, bar: &Bar, measured: &Spread, show: impl Fn(f64) -> String) {
        let (sign, limit) = match *bar {
            Bar::AtLeast(limit) => ("at least", limit),
            Bar::Below(limit) => ("below", limit),
        };
        let met = if bar.is_met(measured.median) {
            "yes"
        } else {
            "no"
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            self.bars,
            "| {what} | {sign} {} | {} | {}..{} | {met} |",
            show(limit),
            show(measured.median),
            show(measured.lowest),
            show(measured.highest),
        );
    }

    /// For orientation: absolute numbers, which say as much of the machine as of the server.
    pub(crate) fn rates(&mut self, what: &str, per_cpu_second: &Spread, per_second: &Spread) {
        let _ = writeln!(
            self.rates,
            "| {what} | {:.0} | {:.0} |",
            per_cpu_second.median, per_second.median
        );
    }

    /// The plain loop has no process of its own to count.
    pub(crate) fn loop_rate(&mut self, per_second: &Spread) {
        let _ = writeln!(
            self.rates,
            "| commit of a plain loop | | {:.0} |",
            per_second.median
        );
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "| what | bar | median | lowest..highest | met |\n|---|---|---|---|---|\n{}\n\
             | answers | per CPU second of the server | per second |\n|---|---|---|\n{}",
            self.bars, self.rates
        )
    }
}
