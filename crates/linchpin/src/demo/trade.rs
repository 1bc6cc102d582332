//! What clients do, and in which words we speak of the work for them.

/// A client's line of business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trade {
    Food,
    Freight,
    Health,
    Energy,
    Works,
    Shops,
    Guests,
    Office,
    Tech,
    Public,
}

impl Trade {
    /// The sector as the CRM names it.
    pub(super) fn sector(self) -> &'static str {
        match self {
            Self::Food => "food and drink",
            Self::Freight => "logistics",
            Self::Health => "health care",
            Self::Energy => "energy",
            Self::Works => "manufacturing",
            Self::Shops => "retail",
            Self::Guests => "hotels and leisure",
            Self::Office => "financial and business services",
            Self::Tech => "technology",
            Self::Public => "public sector and education",
        }
    }

    /// The people it asks us for: one of them, and several.
    pub(super) fn jobs(self) -> Jobs {
        match self {
            Self::Food => FOOD,
            Self::Freight => FREIGHT,
            Self::Health => HEALTH,
            Self::Energy => ENERGY,
            Self::Works => WORKS,
            Self::Shops => SHOPS,
            Self::Guests => GUESTS,
            Self::Office => OFFICE,
            Self::Tech => TECH,
            Self::Public => PUBLIC,
        }
    }
}

type Jobs = [(&'static str, &'static str); 5];

const FOOD: Jobs = [
    ("packing operator", "packing operators"),
    ("food technologist", "food technologists"),
    ("line mechanic", "line mechanics"),
    ("hygiene inspector", "hygiene inspectors"),
    ("cold-store picker", "cold-store pickers"),
];
const FREIGHT: Jobs = [
    ("forklift driver", "forklift drivers"),
    ("order picker", "order pickers"),
    ("dispatch clerk", "dispatch clerks"),
    ("customs clerk", "customs clerks"),
    ("shift leader", "shift leaders"),
];
const HEALTH: Jobs = [
    ("ward nurse", "ward nurses"),
    ("theatre assistant", "theatre assistants"),
    ("ward clerk", "ward clerks"),
    ("physiotherapist", "physiotherapists"),
    ("care assistant", "care assistants"),
];
const ENERGY: Jobs = [
    ("rigger", "riggers"),
    ("control-room operator", "control-room operators"),
    ("safety inspector", "safety inspectors"),
    ("high-voltage fitter", "high-voltage fitters"),
    ("planning engineer", "planning engineers"),
];
const WORKS: Jobs = [
    ("machine setter", "machine setters"),
    ("welder", "welders"),
    ("quality inspector", "quality inspectors"),
    ("maintenance fitter", "maintenance fitters"),
    ("production planner", "production planners"),
];
const SHOPS: Jobs = [
    ("shop assistant", "shop assistants"),
    ("stock counter", "stock counters"),
    ("branch manager", "branch managers"),
    ("visual merchandiser", "visual merchandisers"),
    ("cashier", "cashiers"),
];
const GUESTS: Jobs = [
    ("night porter", "night porters"),
    ("sous-chef", "sous-chefs"),
    ("receptionist", "receptionists"),
    ("housekeeper", "housekeepers"),
    ("banquet waiter", "banquet waiters"),
];
const OFFICE: Jobs = [
    ("payroll clerk", "payroll clerks"),
    ("claims handler", "claims handlers"),
    ("accountant", "accountants"),
    ("call-centre agent", "call-centre agents"),
    ("office assistant", "office assistants"),
];
const TECH: Jobs = [
    ("site technician", "site technicians"),
    ("cabling engineer", "cabling engineers"),
    ("service-desk agent", "service-desk agents"),
    ("test engineer", "test engineers"),
    ("field engineer", "field engineers"),
];
const PUBLIC: Jobs = [
    ("school secretary", "school secretaries"),
    ("caretaker", "caretakers"),
    ("case worker", "case workers"),
    ("museum guard", "museum guards"),
    ("teaching assistant", "teaching assistants"),
];

/// What a project is about; `{jobs}` stands for several of the client's people.
pub(super) const PROJECTS: [&str; 8] = [
    "Second shift: find and train {jobs}",
    "Holiday cover, {jobs}",
    "Take over {jobs} from the former supplier",
    "Assessment days for {jobs}",
    "Trainee programme, {jobs}",
    "Sick-leave pool of {jobs}",
    "Move to the new site, {jobs}",
    "Peak season, {jobs}",
];

/// What was said in meetings and calls; `{job}` and `{jobs}` as above.
pub(super) const NOTES: [&str; 28] = [
    "Needs two more {jobs}, the first on Monday.",
    "Content with the {jobs}. Asked for the same team next quarter.",
    "One {job} came late twice. We talk to him today.",
    "Time sheets reach them too late for their payroll. We look into it.",
    "Asked what a {job} for nights would cost.",
    "Budget for next year is not settled. Call again in three weeks.",
    "Went through the open positions. Four {jobs}, two of them hard to find.",
    "Their own recruiter has left, so more may come to us.",
    "Would take over one {job} for good. We send the terms.",
    "New works council. Wants the equal-pay figures in writing.",
    "Another agency offered {jobs} below our rate. They stay for now.",
    "Site visit. The safety briefing is now part of the first day.",
    "Wants one invoice a month, with cost centres.",
    "A {job} was sent home after one day. Replacement agreed for tomorrow.",
    "Reviewed the quarter. Nine of ten positions filled in time.",
    "Introduced our operations desk. They will speak directly from now on.",
    "Plans a second shift in spring. No numbers yet.",
    "Asked for profiles of three {jobs}.",
    "Holiday plan agreed. We cover six weeks.",
    "Order stop until the end of the month, then as before.",
    "Wants the rates fixed for a year.",
    "Spoke about training: we pay the course, they pay the hours.",
    "Pleased that the {job} stayed through the peak.",
    "Purchasing takes over from the departments. A tender is possible.",
    "Asked who covers for us at the weekend. Number given.",
    "The new {job} is ahead of plan.",
    "Short call about parking and badges for the {jobs}.",
    "Two interviews set for Thursday.",
];

/// Comments that go with a score of nine or ten.
pub(super) const GLAD: [&str; 6] = [
    "The people you send know the work on the first day.",
    "You called before we noticed the gap.",
    "Quick, and honest about what cannot be done.",
    "The best replacement time of all our suppliers.",
    "One person to call, and she knows our sites.",
    "The whole team came back for the second season.",
];

/// Comments that go with a score of seven or eight.
pub(super) const MILD: [&str; 6] = [
    "Good people, slow paperwork.",
    "Fine on days, thinner on nights.",
    "Reliable. The rates are at the upper end.",
    "We would like to see you on site more often.",
    "Works well since the operations desk took over the planning.",
    "Two good placements, one that did not last.",
];

/// Comments that go with a score of six or less.
pub(super) const COOL: [&str; 6] = [
    "Three no-shows in a month, and we had to call you.",
    "We explain our site to somebody new every week.",
    "Invoices need correcting too often.",
    "The other agency answers on the same day.",
    "Promised by Monday, came on Thursday.",
    "Hardly anyone from your side has been here this year.",
];

/// Fills the words of a client's trade into a sentence.
pub(super) fn fill(sentence: &str, (one, several): (&str, &str)) -> String {
    sentence.replace("{jobs}", several).replace("{job}", one)
}
