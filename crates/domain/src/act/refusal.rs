//! Why an act is turned down, and what to do instead.

use jiff::civil::Date;

use super::{MAX_COLLEAGUES, MAX_JUDGEMENT_YEARS, MAX_NAME, MAX_OVERRIDE_YEARS};
use crate::fact::{MAX_SCORE, Role};
use crate::id::{ContactId, ContractId, MemberId};
use crate::policy::Status;

/// Why an act is turned down: a reason to match on, whose text says what to do. Clients are named;
/// people are told by id, since their names never reach an error's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was ever told of the client.
    #[error("nothing is known of a client with this id: register it first")]
    NoAccount,
    /// The client is a duplicate.
    #[error("the client was merged into “{into}”: name that one instead, or undo the merge")]
    Merged {
        /// The account that stays, by name.
        into: String,
    },
    /// Nobody of us has this id.
    #[error("no colleague has the id {member}: name them first (`linchpin member name`)")]
    NoMember {
        /// The id.
        member: MemberId,
    },
    /// Nobody of us has the id of whom it is about.
    #[error("no colleague has this id: name them first (`linchpin member name`)")]
    NoSuchMember,
    /// They work here no more.
    #[error("the colleague {member} left the firm on {day}: name somebody who is here")]
    HasLeft {
        /// Who.
        member: MemberId,
        /// When.
        day: Date,
    },
    /// They left on another day.
    #[error("the colleague left on {day} already: take that back first where the day is wrong")]
    LeftBefore {
        /// When.
        day: Date,
    },
    /// They were named as here after that day.
    #[error(
        "the colleague was named on {day}, and whoever is named later is here: give that day or a later one"
    )]
    NamedSince {
        /// When.
        day: Date,
    },
    /// What they ruled later would count no more.
    #[error(
        "leaving on {day}, they could not have ruled on what would count no more: {what}; name \
         {last} or a day after it, or leave the day out"
    )]
    Undoes {
        /// The day.
        day: Date,
        /// What would count no more, each with its day.
        what: String,
        /// The day of the last of it.
        last: Date,
    },
    /// A ruling is taken back by one of us.
    #[error("what somebody ruled is taken back by one of us: name in `by` who asks, as SOURCE:ID")]
    NobodyActs,
    /// Somebody else's to do.
    #[error("only the {} may do this: ask them to", .role.words())]
    NotTheirs {
        /// Whose it is to do.
        role: Role,
    },
    /// There are no rules to go by.
    #[error("no policy is in force: adopt one first")]
    NoPolicy,
    /// Nothing has happened yet that a status could rest on.
    #[error("nothing has happened with the client yet: register it first")]
    NoHistory,
    /// It is nominated.
    #[error("the client is nominated already: it waits for a yes, or for more points")]
    Nominated,
    /// It is a key account.
    #[error("the client is a key account already ({}): confirm it instead", .status.words())]
    IsKey {
        /// How firmly.
        status: Status,
    },
    /// It has too few points.
    #[error("the client has {points} points, {needed} needed; override it instead")]
    FewPoints {
        /// What it has.
        points: u32,
        /// What a key account must have to stay one.
        needed: u32,
    },
    /// It has points, but none where one is required.
    #[error(
        "the client has no point for “{criterion}”, which the policy requires; override it instead"
    )]
    Required {
        /// The criterion's title.
        criterion: String,
    },
    /// The policy leaves nothing to anybody.
    #[error("the policy in force asks for nobody's yes: points and time alone move the status")]
    NobodyAsked,
    /// There is nothing to say yes or no to.
    #[error("nothing waits for a yes or no: the client is {}; override it instead", .status.words())]
    NothingWaits {
        /// What it is.
        status: Status,
    },
    /// Only key accounts are confirmed.
    #[error(
        "the client is {} by its own course, and only a key account is confirmed: nominate it, or \
         override it", .status.words()
    )]
    NotKey {
        /// What it is.
        status: Status,
    },
    /// An override must last.
    #[error("`expires` must lie after today: name the last day on which it holds")]
    NotLater,
    /// An override must not last for ever.
    #[error(
        "an override lasts {MAX_OVERRIDE_YEARS} years at most, up to {latest}: look again then"
    )]
    TooLong {
        /// The last day that may be named.
        latest: Date,
    },
    /// A judgement must not count for ever.
    #[error(
        "a judgement counts for {MAX_JUDGEMENT_YEARS} years at most, up to {latest}: judge again \
         then"
    )]
    JudgedTooLong {
        /// The last day that may be named.
        latest: Date,
    },
    /// There is no such score.
    #[error("`score` {score} lies outside 0 to {MAX_SCORE}: 0 is not at all, {MAX_SCORE} fully")]
    NoSuchScore {
        /// The score.
        score: u8,
    },
    /// A nomination waits for something, and an override for nothing.
    #[error("nobody is nominated by override: nominate the client, or override it to key")]
    NotByOverride,
    /// No override holds.
    #[error("no override holds today: there is nothing to end")]
    NoOverride,
    /// Somebody looks after it.
    #[error("a colleague looks after the client: hand it over instead, with what goes with it")]
    Owned,
    /// Somebody else claims it, or works it.
    #[error(
        "a colleague claims the client, or works it too: have the key-account director rule whose \
         it is"
    )]
    Disputed,
    /// They claimed it before.
    #[error("the client is claimed by the same colleague since {day}: a ruling answers that")]
    ClaimsAlready {
        /// Since when.
        day: Date,
    },
    /// It is theirs.
    #[error("the client is that colleague's already: nothing is left to do")]
    OwnsAlready,
    /// It is not theirs to hand over, and they direct nothing.
    #[error(
        "only whoever looks after the client hands it over, or the key-account director: ask one \
         of them, or claim it"
    )]
    NotKeeper,
    /// Who is said to hand it over does not have it.
    #[error("`from` does not look after the client: leave it out, or name whoever does")]
    NotOwner,
    /// No such person works there.
    #[error("`contacts` names {contact}, who does not work for the client: leave them out")]
    NotContact {
        /// Who.
        contact: ContactId,
    },
    /// There is no such contract.
    #[error(
        "`contracts` names {contract}, which is no running contract of the client: leave it out"
    )]
    NotContract {
        /// Which.
        contract: ContractId,
    },
    /// The other account is unknown.
    #[error("nothing is known of a client with the id in `{field}`: register it first")]
    NoOther {
        /// Where it was named.
        field: &'static str,
    },
    /// The other account is the same one.
    #[error("both are the same account: name another")]
    Itself,
    /// The day has not come.
    #[error("{day} is to come: say it on the day, or name one up to today")]
    ToCome {
        /// The day.
        day: Date,
    },
    /// The day is none in the firm's zone.
    #[error("{day} is no day that can be told of: name another")]
    NoSuchDay {
        /// The day.
        day: Date,
    },
    /// It would close a loop.
    #[error("on {day} this would close a loop: {path}; clear one of these links first")]
    Loop {
        /// The first day on which it would.
        day: Date,
        /// The way from the client back to itself, by name.
        path: String,
    },
    /// It stands alone.
    #[error("the client belongs to nobody on {day}: there is nothing to clear")]
    NoParent {
        /// The day.
        day: Date,
    },
    /// It is merged.
    #[error("the client is merged into “{into}” already: undo that first")]
    MergedAlready {
        /// The account that stays, by name.
        into: String,
    },
    /// The other is its duplicate.
    #[error("“{into}” is a duplicate of this client already: undo that first, or leave it so")]
    ItsDuplicate {
        /// The duplicate, by name.
        into: String,
    },
    /// The other is a duplicate of a third.
    #[error("“{other}” was itself merged into “{stays}”: name that one")]
    OtherMerged {
        /// The one that was named.
        other: String,
        /// The one that stays.
        stays: String,
    },
    /// Somebody stands between them in their group.
    #[error("in their group others stand between the two ({path}): clear a parent first")]
    Between {
        /// The way from one to the other, by name.
        path: String,
    },
    /// It is no duplicate.
    #[error("the client is merged into no other: there is nothing to undo")]
    NotMerged,
    /// Nobody was named to take the accounts.
    #[error("`to` names nobody: name at least one colleague who takes the accounts")]
    NobodyTakes,
    /// Too many were named.
    #[error("`to` names more than {MAX_COLLEAGUES} colleagues: name fewer")]
    TooManyTake,
    /// One was named twice.
    #[error("`to` names {member} twice: name each colleague once")]
    TakesTwice {
        /// Who.
        member: MemberId,
    },
    /// Whoever hands over cannot take.
    #[error("`to` names whoever hands the accounts over: name others")]
    TakesOwn,
    /// It is no name.
    #[error("`name` must be one line of 1 to {MAX_NAME} bytes")]
    BadName,
    /// Several are called so.
    #[error("several colleagues have this name: say by `id` which one is meant")]
    SeveralCalled,
    /// Somebody who left is called so.
    #[error(
        "a colleague of this name left on {day}: name them by their `id` {member} if they are here \
         again, and somebody else by another `id`"
    )]
    LeaverCalled {
        /// Who.
        member: MemberId,
        /// When they left.
        day: Date,
    },
    /// A role in which somebody rules is given and taken away by one of us.
    #[error(
        "a role in which somebody rules is given and taken away by the key-account director: name \
         in `by` who asks"
    )]
    NobodyNames,
    /// What they ruled today would count no more.
    #[error("today they ruled on what would count no more in another role: {what}; wait a day")]
    RuledToday {
        /// What would count no more, each with its day.
        what: String,
    },
    /// It does not hold by itself.
    #[error("{0}")]
    Invalid(String),
}
