//! Documented answers with one thing changed: what a vendor may do on any day must be read or refused, never panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use countersign::http::{Body, ContentKind, Headers, Response};
use serde_json::{Value, json};

use crate::{
    checks::{CHECKS, Check},
    fixture::Fixture,
};

const MUTANTS: usize = 5_000;

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// A field was added.
    Added,
    /// A field was left out.
    Missing,
    /// A field became null.
    Null,
    /// A text became one nobody has heard of.
    UnheardOf,
    /// A value became one of another type.
    OtherType,
}

/// A deterministic stream of numbers (xorshift64), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[test]
fn five_thousand_changed_answers_are_read_or_refused_but_never_panic() {
    let checks: Vec<_> = CHECKS.iter().filter(|check| check.operation.produces == ContentKind::Json).collect();
    let answers: Vec<_> =
        checks.iter().map(|check| Fixture::read(check.operation.id).answer.body.expect("a JSON answer")).collect();
    let mut dice = Dice(0x5eed_0f51_6e1a_70da);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..MUTANTS {
        let chosen = dice.below(checks.len());
        let mut answer = answers[chosen].clone();
        let Some((path, change)) = mutate(&mut answer, &mut dice) else { continue };
        match decode(checks[chosen], &answer) {
            Ok(()) => read += 1,
            Err(message) => {
                refused += 1;
                let id = checks[chosen].operation.id;
                assert!(!must_be_read(&path, change), "{id}: {change:?} at {path}: {message}");
            }
        }
    }
    assert!(read > MUTANTS / 2 && refused > MUTANTS / 50, "{read} read, {refused} refused");
}

/// Whether a change is one that a client must survive.
fn must_be_read(path: &str, change: Change) -> bool {
    match change {
        Change::Added | Change::Missing | Change::UnheardOf => true,
        // The list itself is the answer; a page without one is no page.
        Change::Null => path != "/values",
        Change::OtherType => false,
    }
}

fn decode(check: &Check, answer: &Value) -> Result<(), String> {
    let headers: Headers = [("content-type", "application/json")].into_iter().collect();
    let body = Body::Bytes(answer.to_string().into_bytes());
    let response = Response { status: 200, headers, body };
    let id = check.operation.id;
    let reread = catch_unwind(AssertUnwindSafe(|| (check.reread)(response)));
    let reread = reread.unwrap_or_else(|_| panic!("{id} panics at {answer}"));
    reread.map(|_| ()).map_err(|error| error.message)
}

/// Changes one field of one object and says which; `None` if the answer has no field to change.
fn mutate(answer: &mut Value, dice: &mut Dice) -> Option<(String, Change)> {
    let mut objects = Vec::new();
    collect_objects(answer, String::new(), &mut objects);
    if objects.is_empty() {
        return None;
    }
    let path = objects.swap_remove(dice.below(objects.len()));
    let object = answer.pointer_mut(&path)?.as_object_mut()?;
    if object.is_empty() || dice.below(5) == 0 {
        object.insert("unheardOf".into(), json!([{"deep": null}, 1e300, ""]));
        return Some((path, Change::Added));
    }
    let name = object.keys().nth(dice.below(object.len()))?.clone();
    let value = object.get_mut(&name)?;
    let change = match (dice.below(4), &*value) {
        (0, _) => {
            object.remove(&name);
            Change::Missing
        }
        (1, _) => {
            *value = Value::Null;
            Change::Null
        }
        (2, Value::String(text)) if text.parse::<f64>().is_err() => {
            *value = json!("an unheard-of value ✓");
            Change::UnheardOf
        }
        _ => {
            let others = [json!(-7), json!(1e300), json!(true), json!("7"), json!([]), json!({}), json!([[]])];
            *value = others[dice.below(others.len())].clone();
            Change::OtherType
        }
    };
    Some((format!("{path}/{name}"), change))
}

// JSON pointers; the vendor's names hold neither `/` nor `~`.
fn collect_objects(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect_objects(member, format!("{path}/{name}"), found);
            }
            found.push(path);
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                collect_objects(member, format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}
