//! The pure core of a feed over NATS: what is to be done with a message. Messages may come twice,
//! late, with gaps, or be of any content whatever; what is given out is the exact sequence.

use std::collections::VecDeque;

use linchpin_domain::entry::Position;
use linchpin_ledger::Stored;

use crate::nats::Odd;

/// A message at its place in the stream: an entry, or what is odd about it.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) sequence: u64,
    pub(super) read: Result<Stored, Odd>,
}

/// What is to be done with a message, given which position comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the next one.
    Take,
    /// It has been given out already.
    Skip,
    /// Something before it has not come.
    Gap,
    /// It is not what the ledger's mirror would say here.
    Distrust(Odd),
}

pub(super) fn judge(next: Position, message: &Message) -> Verdict {
    if message.sequence < next {
        return Verdict::Skip;
    }
    match &message.read {
        Err(odd) => Verdict::Distrust(odd.clone()),
        Ok(_) if message.sequence > next => Verdict::Gap,
        Ok(_) => Verdict::Take,
    }
}

/// The messages taken, and why no more were.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) taken: Vec<Stored>,
    pub(super) stopped: Stopped,
}

/// Why a run ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Stopped {
    /// No more messages have come.
    #[default]
    Empty,
    /// As many as are given out at a time have been taken.
    Full,
    /// The ledger has to fill what is missing before the next message.
    Gap,
    /// The stream is not to be believed.
    Distrust(Odd),
}

/// Takes what comes next from what has come. A message after a gap stays; an odd one is gone.
pub(super) fn take_run(next: Position, come: &mut VecDeque<Message>, most: usize) -> Run {
    let mut run = Run::default();
    while let Some(message) = come.pop_front() {
        let next = next + run.taken.len() as u64;
        match judge(next, &message) {
            Verdict::Skip => {}
            Verdict::Take => {
                run.taken.extend(message.read);
                if run.taken.len() >= most {
                    run.stopped = Stopped::Full;
                    break;
                }
            }
            Verdict::Gap => {
                come.push_front(message);
                run.stopped = Stopped::Gap;
                break;
            }
            Verdict::Distrust(odd) => {
                run.stopped = Stopped::Distrust(odd);
                break;
            }
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use linchpin_domain::id::EntryId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn entry(position: Position) -> Stored {
        Stored {
            position,
            id: EntryId(Uuid::from_u128(u128::from(position))),
            stream: "firm".to_owned(),
            version: position,
            name: "member.named".to_owned(),
            schema_version: 1,
            occurred_us: 0,
            recorded_us: 0,
            batch: position,
            correlation: None,
            causation: None,
            actor: "test".to_owned(),
            payload: "{}".to_owned(),
            leaf_hash: [0; 32],
        }
    }

    fn message(sequence: u64) -> Message {
        Message { sequence, read: Ok(entry(sequence)) }
    }

    #[test]
    fn each_message_has_one_verdict() {
        let odd = Message { sequence: 5, read: Err(Odd::Altered) };
        assert_eq!(judge(5, &message(5)), Verdict::Take);
        assert_eq!(judge(5, &message(4)), Verdict::Skip);
        assert_eq!(judge(5, &message(6)), Verdict::Gap);
        assert_eq!(judge(5, &odd), Verdict::Distrust(Odd::Altered));
        // What has been given out may be as odd as it likes.
        assert_eq!(judge(6, &odd), Verdict::Skip);
    }

    /// What may come over the wire where the ledger ends at `head`: messages in order, twice, out
    /// of order, with holes, and odd ones.
    fn anything(head: Position) -> impl Strategy<Value = Vec<Message>> {
        let one = (1..=head, 0..10_u8).prop_map(|(sequence, luck)| match luck {
            0 => Message { sequence, read: Err(Odd::Body) },
            _ => message(sequence),
        });
        let run = (1..=head, 1..8_u64).prop_map(move |(from, length)| {
            (from..=head.min(from + length)).map(message).collect::<Vec<_>>()
        });
        proptest::collection::vec(prop_oneof![one.prop_map(|m| vec![m]), run], 0..40)
            .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn whatever_comes_the_sequence_is_exact(
            come in anything(30),
            start in 0..30_u64,
            most in 1..9_usize,
            delivered in proptest::collection::vec(0..6_usize, 0..60),
        ) {
            let head = 30;
            let mut wire = come.into_iter();
            let mut waiting = VecDeque::new();
            let mut given = Vec::new();
            let mut after = start;
            let mut delivered = delivered.into_iter();
            while after < head {
                // Once the wire is silent the ledger alone goes on.
                let (count, silent) = delivered.next().map_or((0, true), |count| (count, false));
                waiting.extend(wire.by_ref().take(count));
                let run = take_run(after + 1, &mut waiting, most);
                prop_assert!(run.taken.len() <= most);
                given.extend(run.taken.iter().map(|entry| entry.position));
                after = given.last().copied().unwrap_or(start);
                let fill = match run.stopped {
                    Stopped::Gap => waiting.front().map_or(0, |message| message.sequence - 1),
                    Stopped::Distrust(_) => after + 1,
                    Stopped::Empty if silent => head,
                    Stopped::Empty | Stopped::Full => after,
                };
                // The ledger may give more than the gap, and less.
                let fill = fill.min(after + 3).min(head);
                given.extend(after + 1..=fill);
                after = given.last().copied().unwrap_or(start);
            }
            prop_assert!(given.into_iter().eq(start + 1..=head));
        }
    }
}
