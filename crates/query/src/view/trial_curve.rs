//! How many would be key, by the points needed to enter.

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::policy::Policy;
use linchpin_domain::trial;

/// Points to either side of the two thresholds that are told of.
const REACH: u32 = 15;

/// About how many thresholds are told of.
const POINTS: u32 = 12;

/// How many key accounts there would be, were so many points needed to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurvePoint {
    /// Points needed to enter; what it takes to stay is never more.
    pub needed: u32,
    /// Key accounts under the policy in force today, had it always been in force.
    pub now: u32,
    /// Key accounts under the draft.
    pub draft: u32,
}

/// How many key accounts two policies would have on a day, by the points needed to enter: around
/// the thresholds of both, which are among them.
pub fn trial_curve(desk: &Desk, now: &Policy, draft: &Policy, to: Date) -> Vec<CurvePoint> {
    let (one, other) = (now.enters_at, draft.enters_at);
    let most = now.out_of().min(draft.out_of()).max(one).max(other);
    let first = one.min(other).saturating_sub(REACH).max(1);
    let last = one.max(other).saturating_add(REACH).min(most);
    let step = last.saturating_sub(first).div_ceil(POINTS).max(1);
    let mut needed: Vec<u32> = (first..=last).step_by(step as usize).collect();
    needed.extend([one, other, last]);
    needed.sort_unstable();
    needed.dedup();
    let curves = trial::curve(desk, &[now, draft], &needed, to, &super::hands(&|_| {}));
    let [of_now, of_draft] = curves.as_slice() else { return Vec::new() };
    let pairs = of_now.iter().zip(of_draft);
    let points = needed.into_iter().zip(pairs);
    points.map(|(needed, (now, draft))| CurvePoint { needed, now: *now, draft: *draft }).collect()
}
