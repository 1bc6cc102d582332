//! Writing a first policy: the firm's answers put into the policy that every ledger begins with.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use eyre::{Context, bail, eyre};
use linchpin_domain::fact::Role;
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{FIRST_POLICY, Policy};
use linchpin_ingest::command::firm;
use linchpin_query::words;

use super::schema;
use crate::cli::{Approver, NewPolicy};
use crate::place;

/// Bytes of an answer read at most.
const MAX_ANSWER: u64 = 1_000;

/// What the firm says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answers {
    name: String,
    currency: Currency,
    much_revenue: u64,
    good_client_comes: u16,
    approver: Option<Role>,
    reassess_months: u16,
}

/// `linchpin policy new`
pub(super) async fn run(url: &str, args: NewPolicy) -> eyre::Result<()> {
    let schema_file = schema_beside(&args.file);
    let schema = schema::text()?;
    if !args.force {
        refuse_to_overwrite(&args.file, None)?;
        refuse_to_overwrite(&schema_file, Some(&schema))?;
    }
    if !args.yes && !std::io::stdin().is_terminal() {
        bail!("there is no terminal to ask on: give --yes, and flags for what is not the default");
    }
    let known = Known::of(url).await?;
    let input = std::io::stdin().lock();
    let answers = answers(&args, &known, &mut Questions { input, asks: !args.yes })?;
    let text = written(&answers, &schema_file)?;
    std::fs::write(&schema_file, schema)
        .and_then(|()| std::fs::write(&args.file, text))
        .wrap_err_with(|| format!("{} cannot be written", args.file.display()))?;
    let (file, beside) = (args.file.display(), schema_file.display());
    crate::say::line(format!("wrote {file}, and {beside} for editors"));
    crate::say::line(format!("Read it, change it, then: linchpin policy check {file}"));
    Ok(())
}

/// What the ledger knows already.
struct Known {
    currency: Currency,
    firm: Option<String>,
    has_director: bool,
}

impl Known {
    /// Of the ledger, where there is one; a firm may write its policy before it makes one.
    async fn of(url: &str) -> eyre::Result<Self> {
        if !place::exists(&place::url(url)?).await? {
            crate::say::note("there is no ledger yet, so amounts are meant in euros");
            return Ok(Self { currency: Currency::EUR, firm: None, has_director: false });
        }
        let ledger = place::read(url).await?;
        let (desk, _) = firm(&ledger).await?;
        let today = desk.day_of(ledger.now());
        let mut members = desk.firm().members();
        let has_director = members.any(|id| desk.firm().has_role(id, Role::Director, today));
        let made = ledger.genesis();
        Ok(Self { currency: made.currency, firm: Some(made.firm.clone()), has_director })
    }
}

fn refuse_to_overwrite(file: &Path, with: Option<&str>) -> eyre::Result<()> {
    let same = || with.is_some() && std::fs::read_to_string(file).ok().as_deref() == with;
    if file.exists() && !same() {
        bail!("{} is there already: name another file, or give --force", file.display());
    }
    Ok(())
}

/// `policy.schema.json` beside `policy.toml`.
fn schema_beside(file: &Path) -> PathBuf {
    file.with_extension("schema.json")
}

fn answers(
    args: &NewPolicy,
    known: &Known,
    questions: &mut Questions<impl BufRead>,
) -> eyre::Result<Answers> {
    let firm = known.firm.as_deref().map(|firm| format!("Key-account policy of {firm}"));
    let firm = firm.unwrap_or_else(|| "Our key-account policy".to_owned());
    let code = known.currency.code();
    let director = Approver(known.has_director.then_some(Role::Director));
    let name = questions.ask("What is the policy called?", args.name.clone(), firm, named)?;
    let much = format!("Which revenue of a year is a lot here, in {code}?");
    let much_revenue =
        questions.ask(&much, args.much_revenue, 400_000, within(8, 1_000_000_000_000))?;
    let comes = "How many times a year does a good client come?";
    let good_client_comes = questions.ask(comes, args.good_client_comes, 14, within(2, 10_000))?;
    let who = "Whose yes do a nomination and a new policy need (a role, or nobody)?";
    let approver = questions.ask(who, args.approver, director, Approver::from_str)?.0;
    let again = "After how many months is a status looked at again (0 for never)?";
    let reassess_months = questions.ask(again, args.reassess_months, 12, within(0, 120))?;
    let currency = known.currency;
    Ok(Answers { name, currency, much_revenue, good_client_comes, approver, reassess_months })
}

fn named(text: &str) -> Result<String, String> {
    let fits = text.len() <= 200 && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("at most 200 plain characters".to_owned()) }
}

/// Reads a whole number between two bounds, thousands apart or not.
fn within<T>(least: T, most: T) -> impl Fn(&str) -> Result<T, String>
where
    T: FromStr + PartialOrd + std::fmt::Display + Copy,
{
    move |text| {
        let digits = text.replace([',', ' ', '_'], "");
        let number = digits.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("a whole number from {least} to {most}"))
    }
}

/// What is asked on the terminal, one line each; an empty answer is the default.
struct Questions<I> {
    input: I,
    asks: bool,
}

impl<I: BufRead> Questions<I> {
    fn ask<T: Clone + Shown>(
        &mut self,
        question: &str,
        given: Option<T>,
        default: T,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> eyre::Result<T> {
        if let Some(given) = given {
            return Ok(given);
        }
        while self.asks {
            crate::say::out(format!("{question} [{}] ", default.shown()));
            std::io::stdout().flush()?;
            let mut line = String::new();
            // Reading stops at the end of the line, or where an answer is longer than any needs.
            let mut input = std::io::Read::take(&mut self.input, MAX_ANSWER);
            if input.read_line(&mut line)? == 0 {
                bail!("the questions were broken off; nothing was written");
            }
            match line.trim() {
                "" => break,
                answer => match read(answer) {
                    Ok(answer) => return Ok(answer),
                    Err(expected) => crate::say::line(format!("Not understood: {expected}.")),
                },
            }
        }
        Ok(default)
    }
}

/// How a default is shown in a question.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Shown for u16 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for u64 {
    fn shown(&self) -> String {
        words::grouped(&self.to_string())
    }
}

impl Shown for Approver {
    fn shown(&self) -> String {
        self.0.map_or("nobody", Role::words).to_owned()
    }
}

/// The first policy with the answers in the place of its own figures.
fn written(answers: &Answers, schema_file: &Path) -> eyre::Result<String> {
    let much = answers.much_revenue;
    let comes = answers.good_client_comes;
    let beside = schema_file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let quoted = toml::Value::String(answers.name.clone()).to_string();
    let code = answers.currency.code();
    let head = format!(
        "#:schema ./{beside}\n# Who is a key account, and why. docs/policy.md says all that can be \
         written here.\n# `linchpin policy check FILE` reads it, `linchpin policy adopt FILE` puts \
         it in force.\n# Amounts are in {code}, the currency of the ledger.\nname = {quoted}\n"
    );
    let before = FIRST_POLICY.find("name = \"First policy\"\n").ok_or_else(|| outgrown("name"))?;
    let rest = FIRST_POLICY[before..].replacen("name = \"First policy\"\n", "", 1);
    let mut text = format!("{head}{rest}");
    // Somebody who comes three times a year is no good client yet where a good one comes often.
    let often = format!("from = {}\nto = {comes}\npoints = 9", comes / 7);
    let regular = (comes * 4 / 7).clamp(1, 10);
    let months = format!("from = {}\nto = {regular}\npoints = 3", regular / 4);
    let mut put = |this: &str, that: &str| -> eyre::Result<()> {
        if text.matches(this).count() != 1 {
            return Err(outgrown(this));
        }
        text = text.replacen(this, that, 1);
        Ok(())
    };
    put("from = 50000     #", &format!("from = {} #", Decimal::from(much / 8)))?;
    put("to = 400000      #", &format!("to = {much} #"))?;
    put("from = 2\nto = 14\npoints = 9", &often)?;
    put("from = 2\nto = 8\npoints = 3", &months)?;
    if let Some(role) = answers.approver {
        let section = |line: &str| line.replace("key-account director", role.words());
        for block in [
            "# [approval]\n# role = \"key-account director\"\n# of = [\"enter\"]\n# veto_days = 180",
            "# [adoption]\n# approved_by = [\"key-account director\"]",
        ] {
            put(block, &section(&uncommented(block)))?;
        }
    }
    if answers.reassess_months > 0 {
        // Whole years are meant as years: 12 months are 365 days.
        let days = u32::from(answers.reassess_months) * 365 / 12;
        let block = "# [reassessment]\n# every_days = 365";
        put(block, &uncommented(block).replace("365", &days.to_string()))?;
    }
    Policy::parse(&text).map_err(|error| eyre!("the policy that was written is wrong: {error}"))?;
    Ok(text)
}

fn uncommented(block: &str) -> String {
    let lines: Vec<&str> = block.lines().map(|line| line.trim_start_matches("# ")).collect();
    lines.join("\n")
}

fn outgrown(place: &str) -> eyre::Report {
    eyre!("the first policy has no single `{place}` to put an answer in")
}

#[cfg(test)]
mod tests {
    use linchpin_domain::policy::Grade;

    use super::*;

    fn flags() -> NewPolicy {
        NewPolicy {
            file: "ours.toml".into(),
            force: false,
            yes: true,
            name: None,
            much_revenue: None,
            good_client_comes: None,
            approver: None,
            reassess_months: None,
        }
    }

    fn known() -> Known {
        Known { currency: Currency::GBP, firm: Some("Quillhaven".to_owned()), has_director: true }
    }

    fn answered(args: &NewPolicy, known: &Known, typed: &str) -> eyre::Result<Answers> {
        let asks = !args.yes;
        answers(args, known, &mut Questions { input: typed.as_bytes(), asks })
    }

    fn policy(answers: &Answers) -> Policy {
        Policy::parse(&written(answers, Path::new("ours.schema.json")).unwrap()).unwrap()
    }

    fn range(policy: &Policy, id: &str) -> (String, String) {
        let criterion = policy.criteria.iter().find(|it| it.id == id).unwrap();
        let Grade::Range { from, to } = criterion.grade else { panic!("{id}") };
        (from.to_string(), to.to_string())
    }

    #[test]
    fn without_questions_every_answer_has_a_default() {
        let answers = answered(&flags(), &known(), "").unwrap();
        let text = written(&answers, Path::new("some/ours.schema.json")).unwrap();
        assert!(text.starts_with("#:schema ./ours.schema.json\n"), "{text}");
        assert!(text.contains("# Amounts are in GBP"), "{text}");
        let policy = Policy::parse(&text).unwrap();
        assert_eq!(policy.name, "Key-account policy of Quillhaven");
        assert_eq!((policy.out_of(), policy.reassess_every_days), (100, Some(365)));
        assert_eq!(policy.approval.unwrap().role, Role::Director);
        assert_eq!(policy.adopted_by, [Role::Director]);
        let first = Policy::parse(FIRST_POLICY).unwrap();
        for id in ["revenue", "frequency"] {
            assert_eq!(range(&policy, id), range(&first, id), "the same defaults");
        }
    }

    #[test]
    fn without_a_director_nobody_is_asked_unless_told() {
        let nobody = Known { has_director: false, firm: None, ..known() };
        let without = policy(&answered(&flags(), &nobody, "").unwrap());
        assert!(without.approval.is_none() && without.adopted_by.is_empty());
        let args = NewPolicy { approver: Some(Approver(Some(Role::Operations))), ..flags() };
        let with = policy(&answered(&args, &nobody, "").unwrap());
        assert_eq!(with.adopted_by, [Role::Operations]);
        assert_eq!(with.approval.unwrap().role, Role::Operations);
    }

    #[test]
    fn answers_are_asked_for_until_they_are_understood() {
        let args = NewPolicy { yes: false, reassess_months: Some(0), ..flags() };
        let typed = "Ours \"and\" yours\nlots\n1,200,000\n\nking\nOperations\n";
        let answers = answered(&args, &known(), typed).unwrap();
        let expected = Answers {
            name: "Ours \"and\" yours".to_owned(),
            currency: Currency::GBP,
            much_revenue: 1_200_000,
            good_client_comes: 14,
            approver: Some(Role::Operations),
            reassess_months: 0,
        };
        assert_eq!(answers, expected);
        let policy = policy(&answers);
        assert_eq!(policy.name, answers.name);
        assert_eq!(range(&policy, "revenue"), ("150000".to_owned(), "1200000".to_owned()));
        assert_eq!(policy.reassess_every_days, None);
        assert!(answered(&args, &known(), "Ours\n").is_err(), "broken off");
    }

    #[test]
    fn every_answer_within_its_bounds_makes_a_sound_policy() {
        for much_revenue in [8, 9, 1_000_000_000_000] {
            for good_client_comes in [2, 3, 7, 13, 10_000] {
                for reassess_months in [0, 1, 120] {
                    let args = NewPolicy {
                        much_revenue: Some(much_revenue),
                        good_client_comes: Some(good_client_comes),
                        reassess_months: Some(reassess_months),
                        ..flags()
                    };
                    policy(&answered(&args, &known(), "").unwrap());
                }
            }
        }
    }
}
