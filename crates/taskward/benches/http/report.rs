//! The tables of results: the measurement, its target, and whether the target is met.
//!
//! Where a result depends on the machine, the target is a ratio. A missed target fails nothing, because a busy machine can
//! cause it.

use std::fmt::Write as _;

/// The median of several measurements, and their range.
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

/// The ratio of two values for each round.
pub(crate) fn ratios(values: &[f64], others: &[f64]) -> Vec<f64> {
    values
        .iter()
        .zip(others)
        .map(|(value, other)| value / other)
        .collect()
}

pub(crate) enum Target {
    AtLeast(f64),
    Below(f64),
    /// Only reported.
    None,
}

impl Target {
    /// The text of the target, and whether it is met.
    fn judge(&self, value: f64, show: impl Fn(f64) -> String) -> (String, &'static str) {
        let (text, is_met) = match *self {
            Self::AtLeast(limit) => (format!("at least {}", show(limit)), value >= limit),
            Self::Below(limit) => (format!("below {}", show(limit)), value < limit),
            Self::None => return ("none".to_owned(), ""),
        };
        (text, if is_met { "yes" } else { "no" })
    }
}

#[derive(Default)]
pub(crate) struct Report {
    targets: String,
    rates: String,
}

impl Report {
    /// A ratio, shown in percent.
    pub(crate) fn share(&mut self, what: &str, target: f64, measured: &Spread) {
        self.ratio(what, &Target::AtLeast(target), measured);
    }

    /// A ratio with a target of any kind, shown in percent.
    pub(crate) fn ratio(&mut self, what: &str, target: &Target, measured: &Spread) {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        self.line(what, target, measured, percent);
    }

    /// A number in its own unit.
    pub(crate) fn number(&mut self, what: &str, target: Target, measured: &Spread) {
        self.line(what, &target, measured, |number| format!("{number:.1}"));
    }

    /// The memory of the idle server and its peak under load.
    pub(crate) fn memory(&mut self, idle: f64, peak: f64) {
        self.number(
            "memory of the idle server, MiB",
            Target::Below(25.0),
            &Spread::of_one(idle),
        );
        self.number(
            "memory under load, at most, MiB",
            Target::Below(80.0),
            &Spread::of_one(peak),
        );
    }

    fn line(
        &mut self,
        what: &str,
        target: &Target,
        measured: &Spread,
        show: impl Fn(f64) -> String,
    ) {
        let (target, met) = target.judge(measured.median, &show);
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            self.targets,
            "| {what} | {target} | {} | {}..{} | {met} |",
            show(measured.median),
            show(measured.lowest),
            show(measured.highest),
        );
    }

    /// Absolute numbers, which depend on the machine as much as on the server.
    pub(crate) fn rates(&mut self, what: &str, per_cpu_second: &Spread, per_second: &Spread) {
        let _ = writeln!(
            self.rates,
            "| {what} | {:.0} | {:.0} |",
            per_cpu_second.median, per_second.median
        );
    }

    /// The plain loop runs in the benchmark itself, so its processor time is not measured.
    pub(crate) fn loop_rate(&mut self, per_second: &Spread) {
        let _ = writeln!(
            self.rates,
            "| commit of a plain loop | | {:.0} |",
            per_second.median
        );
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "| what | target | median | lowest..highest | met |\n|---|---|---|---|---|\n{}\n\
             | answers | per CPU second of the server | per second |\n|---|---|---|\n{}",
            self.targets, self.rates
        )
    }
}
