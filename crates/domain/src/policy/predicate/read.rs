//! Reads a predicate: the crate `cel` parses, and what it found is checked and typed.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use cel::parser::{ParseErrors, Parser};

use super::{Arithmetic, MAX_PREDICATE, Number, Predicate, PredicateError, Relation, Truth};
use crate::money::Decimal;

/// How deep brackets, choices and operators may nest. Each level takes the crate's parser about
/// 12 KB of stack (twenty times that unoptimised), so this is checked before it is called.
const MAX_DEPTH: usize = 32;

/// Most names listed when a name is not known.
const MAX_LISTED: usize = 12;

/// Checked against `names`, where there are any.
pub(super) fn read(text: &str, names: Option<&[&str]>) -> Result<Predicate, PredicateError> {
    guard(text)?;
    // No recovery after the first error: the parser's work grows with every attempt.
    let parser = Parser::new().max_recursion_depth(MAX_DEPTH as u16 + 8).error_recovery_limit(0);
    let (root, places) =
        parser.parse_with_source_info(text).map_err(|errors| syntax(text, &errors))?;
    let mut reader = Reader { text, places, names, used: Vec::new() };
    let root = reader.truth(&root, 1)?;
    Ok(Predicate { text: text.to_owned(), names: reader.used, root })
}

/// Lets through only what the parser can take safely: few bytes, few levels, no strings, maps,
/// comments or letters beyond ASCII. A place in the text is then one in bytes and in characters.
fn guard(text: &str) -> Result<(), PredicateError> {
    let wrong = |offset, message: String| Err(PredicateError { offset, message });
    if text.len() > MAX_PREDICATE {
        let message = format!("a predicate may have {MAX_PREDICATE} bytes, not {}", text.len());
        return wrong(MAX_PREDICATE, message);
    }
    let (mut depth, mut before) = (0_usize, ' ');
    for (offset, c) in text.char_indices() {
        match c {
            '(' | '[' | '?' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '/' if before == '/' => {
                return wrong(offset - 1, "a comment belongs beside the predicate".into());
            }
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '\t' | '\r' | '\n' => {}
            '_' | '.' | ',' | ':' | '+' | '-' | '*' | '/' | '%' => {}
            '<' | '>' | '=' | '!' | '&' | '|' => {}
            other => {
                let shown = match other.is_control() {
                    true => other.escape_debug().to_string(),
                    false => other.to_string(),
                };
                let message = format!(
                    "`{shown}` has no place in a predicate: names, numbers and operators do"
                );
                return wrong(offset, message);
            }
        }
        if depth > MAX_DEPTH {
            return wrong(offset, too_deep());
        }
        before = c;
    }
    Ok(())
}

fn too_deep() -> String {
    format!("nested more than {MAX_DEPTH} deep: split it into two criteria")
}

/// The parser's first complaint, in words of ours: its own list every token there is.
fn syntax(text: &str, errors: &ParseErrors) -> PredicateError {
    let Some(first) = errors.errors.first() else {
        return PredicateError { offset: 0, message: "this is no CEL expression".into() };
    };
    let line = usize::try_from(first.pos.0).unwrap_or(0).saturating_sub(1);
    let column = usize::try_from(first.pos.1).unwrap_or(0).saturating_sub(1);
    let above: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let offset = (above + column).min(text.len());
    let found = match token(&text[offset..]) {
        "" => "the end".to_owned(),
        token => format!("`{}`", cut(token)),
    };
    let said = first.msg.as_str();
    let message = if said.contains("token recognition") {
        format!("{found} is no operator: there are == != < <= > >= && || ! + - * / % ? : in")
    } else if said.contains("macro") {
        only_functions("this")
    } else if said.contains("IDENTIFIER") {
        format!("expected a name, a number or an opening bracket, not {found}")
    } else if said.starts_with("Syntax error") {
        format!("expected an operator or a closing bracket, not {found}")
    } else if said.contains("literal") {
        format!("{found} is too large a number")
    } else {
        format!("{found} has no place here: {}", cut(said))
    };
    PredicateError { offset, message }
}

/// The word, number or sign at the start of a text.
fn token(text: &str) -> &str {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let end = text.find(|c| !word(c)).unwrap_or(text.len());
    &text[..end.max(text.len().min(1))]
}

/// The first 40 characters: what a message repeats stays short.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

fn only_functions(name: &str) -> String {
    format!("{name} is no function of a predicate: only min(…) and max(…) are")
}

/// Whether an expression is true or false by its shape, and not a number.
fn is_truth(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(LiteralValue::Boolean(_)) => true,
        Expr::Call(call) => match call.func_name.as_str() {
            operators::CONDITIONAL => call.args.get(1).is_some_and(|then| is_truth(&then.expr)),
            operators::LOGICAL_AND
            | operators::LOGICAL_OR
            | operators::LOGICAL_NOT
            | operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS
            | operators::IN => true,
            _ => false,
        },
        _ => false,
    }
}

/// A decimal literal, if 28 digits hold it exactly.
fn decimal(text: &str) -> Option<Decimal> {
    match text.split_once(['e', 'E']) {
        None => Decimal::from_str_exact(text).ok(),
        Some((digits, _)) => {
            Decimal::from_str_exact(digits).ok()?;
            Decimal::from_scientific(text).ok()
        }
    }
}

/// Turns what the crate read into the tree above, and says where that cannot be.
struct Reader<'a> {
    text: &'a str,
    places: SourceInfo,
    /// `None` where the names were checked before.
    names: Option<&'a [&'a str]>,
    used: Vec<String>,
}

impl Reader<'_> {
    fn truth(&mut self, node: &IdedExpr, depth: usize) -> Result<Truth, PredicateError> {
        if depth > MAX_DEPTH {
            return Err(self.wrong(node, too_deep()));
        }
        match &node.expr {
            Expr::Literal(LiteralValue::Boolean(known)) => Ok(Truth::Known(*known.inner())),
            Expr::Call(call) if is_truth(&node.expr) => self.logic(node, call, depth + 1),
            _ => {
                self.number(node, depth)?;
                Err(self.wrong(node, "this is a number where true or false is expected"))
            }
        }
    }

    fn logic(
        &mut self,
        node: &IdedExpr,
        call: &CallExpr,
        depth: usize,
    ) -> Result<Truth, PredicateError> {
        Ok(match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_NOT, [inner]) => Truth::Not(Box::new(self.truth(inner, depth)?)),
            (operators::LOGICAL_AND, [left, right]) => {
                Truth::Both(self.truths(left, right, depth)?)
            }
            (operators::LOGICAL_OR, [left, right]) => {
                Truth::Either(self.truths(left, right, depth)?)
            }
            (operators::CONDITIONAL, [given, then, other]) => {
                let given = self.truth(given, depth)?;
                Truth::Choice(Box::new((
                    given,
                    self.truth(then, depth)?,
                    self.truth(other, depth)?,
                )))
            }
            (operators::EQUALS, [left, right]) => self.equal(left, right, depth)?,
            (operators::NOT_EQUALS, [left, right]) => {
                Truth::Not(Box::new(self.equal(left, right, depth)?))
            }
            (operators::LESS, [left, right]) => {
                Truth::Compare(Relation::Less, self.numbers(left, right, depth)?)
            }
            (operators::LESS_EQUALS, [left, right]) => {
                Truth::Compare(Relation::LessOrEqual, self.numbers(left, right, depth)?)
            }
            (operators::GREATER, [left, right]) => {
                let (left, right) = *self.numbers(left, right, depth)?;
                Truth::Compare(Relation::Less, Box::new((right, left)))
            }
            (operators::GREATER_EQUALS, [left, right]) => {
                let (left, right) = *self.numbers(left, right, depth)?;
                Truth::Compare(Relation::LessOrEqual, Box::new((right, left)))
            }
            (operators::IN, [sought, list]) => {
                let Expr::List(items) = &list.expr else {
                    return Err(self.wrong(list, "expected a list such as [1, 2] after `in`"));
                };
                let sought = Box::new(self.number(sought, depth)?);
                Truth::In(sought, self.list(&items.elements, depth)?)
            }
            _ => return Err(self.wrong(node, "this has no place in a predicate")),
        })
    }

    fn equal(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        depth: usize,
    ) -> Result<Truth, PredicateError> {
        if is_truth(&left.expr) || is_truth(&right.expr) {
            return Ok(Truth::Same(self.truths(left, right, depth)?));
        }
        Ok(Truth::Compare(Relation::Equal, self.numbers(left, right, depth)?))
    }

    fn number(&mut self, node: &IdedExpr, depth: usize) -> Result<Number, PredicateError> {
        if depth > MAX_DEPTH {
            return Err(self.wrong(node, too_deep()));
        }
        match &node.expr {
            expr if is_truth(expr) => {
                Err(self.wrong(node, "this is true or false where a number is expected"))
            }
            Expr::Ident(name) => self.name(node, name),
            Expr::Literal(LiteralValue::Int(known)) => Ok(Number::Known((*known.inner()).into())),
            Expr::Literal(LiteralValue::UInt(known)) => Ok(Number::Known((*known.inner()).into())),
            Expr::Literal(LiteralValue::Double(rounded)) => {
                self.fraction(node, rounded.inner().is_sign_negative())
            }
            Expr::Call(call) => self.arithmetic(node, call, depth + 1),
            Expr::List(_) => Err(self.wrong(node, "a list has its place after `in` only")),
            Expr::Select(part) if part.test => Err(self.wrong(node, only_functions("`has`"))),
            Expr::Select(_) => Err(self.wrong(node, "a figure has no parts: `.` is for numbers")),
            Expr::Comprehension(_) => Err(self.wrong(node, only_functions("this"))),
            _ => Err(self.wrong(node, "expected a name or a number")),
        }
    }

    fn arithmetic(
        &mut self,
        node: &IdedExpr,
        call: &CallExpr,
        depth: usize,
    ) -> Result<Number, PredicateError> {
        let arithmetic = match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::NEGATE, [inner]) => {
                return Ok(Number::Negated(Box::new(self.number(inner, depth)?)));
            }
            (operators::CONDITIONAL, [given, then, other]) => {
                let given = self.truth(given, depth)?;
                let sides = (given, self.number(then, depth)?, self.number(other, depth)?);
                return Ok(Number::Choice(Box::new(sides)));
            }
            (operators::INDEX, _) => {
                return Err(self.wrong(node, "a list has its place after `in` only"));
            }
            ("min", [_, ..]) if call.target.is_none() => {
                return Ok(Number::Least(self.list(&call.args, depth)?));
            }
            ("max", [_, ..]) if call.target.is_none() => {
                return Ok(Number::Most(self.list(&call.args, depth)?));
            }
            (operators::ADD, _) => Arithmetic::Add,
            (operators::SUBSTRACT, _) => Arithmetic::Subtract,
            (operators::MULTIPLY, _) => Arithmetic::Multiply,
            (operators::DIVIDE, _) => Arithmetic::Divide,
            (operators::MODULO, _) => Arithmetic::Remainder,
            (name, args) => return Err(self.no_function(node, name, args)),
        };
        let [left, right] = call.args.as_slice() else {
            return Err(self.wrong(node, "expected a number on both sides"));
        };
        Ok(Number::Sum(arithmetic, self.numbers(left, right, depth)?))
    }

    /// The place of a call is that of its bracket; the name stands before it.
    fn no_function(&self, node: &IdedExpr, name: &str, args: &[IdedExpr]) -> PredicateError {
        let bracket = self.offset(node);
        let offset = self.text[..bracket].rfind(name).unwrap_or(bracket);
        let message = if args.is_empty() && (name == "min" || name == "max") {
            format!("{name}(…) needs a number")
        } else {
            only_functions(&format!("`{}`", cut(name)))
        };
        PredicateError { offset, message }
    }

    fn name(&mut self, node: &IdedExpr, name: &str) -> Result<Number, PredicateError> {
        if let Some(names) = self.names.filter(|names| !names.contains(&name)) {
            let listed = names[..names.len().min(MAX_LISTED)].join(", ");
            let there_are = match names.len() {
                0 => "the policy has no other criteria".to_owned(),
                some if some <= MAX_LISTED => format!("there are {listed}"),
                many => format!("there are {listed} and {} more", many - MAX_LISTED),
            };
            return Err(
                self.wrong(node, format!("no figure is named `{}`: {there_are}", cut(name)))
            );
        }
        let known = self.used.iter().position(|used| used == name);
        Ok(Number::Named(known.unwrap_or_else(|| {
            self.used.push(name.to_owned());
            self.used.len() - 1
        })))
    }

    /// A literal with a point or an exponent, read from the text: the crate has rounded it.
    fn fraction(&self, node: &IdedExpr, negative: bool) -> Result<Number, PredicateError> {
        let written = self
            .places
            .offset_for(node.id)
            .and_then(|(first, last)| self.text.get(first as usize..=last as usize));
        match written.and_then(decimal) {
            Some(number) => Ok(Number::Known(if negative { -number } else { number })),
            None => Err(self.wrong(node, "a number may have 28 digits")),
        }
    }

    fn truths(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        depth: usize,
    ) -> Result<Box<(Truth, Truth)>, PredicateError> {
        Ok(Box::new((self.truth(left, depth)?, self.truth(right, depth)?)))
    }

    fn numbers(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        depth: usize,
    ) -> Result<Box<(Number, Number)>, PredicateError> {
        Ok(Box::new((self.number(left, depth)?, self.number(right, depth)?)))
    }

    fn list(&mut self, nodes: &[IdedExpr], depth: usize) -> Result<Vec<Number>, PredicateError> {
        nodes.iter().map(|node| self.number(node, depth)).collect()
    }

    fn offset(&self, node: &IdedExpr) -> usize {
        let first = self.places.offset_for(node.id).map_or(0, |(first, _)| first as usize);
        first.min(self.text.len())
    }

    fn wrong(&self, node: &IdedExpr, message: impl Into<String>) -> PredicateError {
        PredicateError { offset: self.offset(node), message: message.into() }
    }
}
