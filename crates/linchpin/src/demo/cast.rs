//! Who plays in the story: our people and the clients.

use linchpin_domain::fact::Role;
use linchpin_domain::id::MemberId;

use super::trade::Trade;

/// One of our people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// Account manager of the north.
    North,
    /// Account manager of the south.
    South,
    /// Account manager of the west, who came when the firm grew.
    West,
    Director,
    Operations,
    Sponsor,
}

impl Member {
    pub(super) const ALL: [Self; 6] =
        [Self::North, Self::South, Self::West, Self::Director, Self::Operations, Self::Sponsor];

    pub(super) fn id(self) -> MemberId {
        MemberId::named(&format!("staff:{}", self.number()))
    }

    /// Staff number, which stands for the person where no name may stand.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::North => "m-01",
            Self::South => "m-02",
            Self::West => "m-03",
            Self::Director => "m-04",
            Self::Operations => "m-05",
            Self::Sponsor => "m-06",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::North => "Anna Kowalska",
            Self::South => "Medel Svensson",
            Self::West => "Sean Citizen",
            Self::Director => "Matti Meikäläinen",
            Self::Operations => "Operations desk",
            Self::Sponsor => "Jane Roe",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Self::North | Self::South | Self::West => Role::AccountManager,
            Self::Director => Role::Director,
            Self::Operations => Role::Operations,
            Self::Sponsor => Role::Sponsor,
        }
    }
}

/// What a regular client is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// Revenue of the three years, in thousands of euros.
    pub(super) pay: [u32; 3],
    /// Engagements of the three years.
    pub(super) work: [u32; 3],
    /// Contacts at the start.
    pub(super) contacts: usize,
    /// How satisfied it is on the whole, 0 to 10.
    pub(super) mood: i64,
    /// The director's judgement of strategic fit, 0 to 5.
    pub(super) fit: u8,
    /// The director's judgement of growth potential, 0 to 5.
    pub(super) growth: u8,
    /// Referrals in the last two years.
    pub(super) referrals: usize,
}

impl Habit {
    /// Whether the last year brought less than 60% of the year before.
    pub(super) fn fades(&self) -> bool {
        self.pay[2] * 10 < self.pay[1] * 6
    }
}

/// Name, trade, country, account manager, revenue and engagements of the three years, then
/// contacts, mood, fit, growth and referrals.
type Row = (&'static str, Trade, &'static str, Member, [u32; 3], [u32; 3], [u8; 5]);

use Member::{North, South, West};
use Trade::{Energy, Food, Freight, Guests, Health, Office, Public, Shops, Tech, Works};

/// The clients with steady work, largest first, but for those whose place in the story matters.
const REGULARS: [Row; 30] = [
    ("Ravelstone Foods", Food, "DE", North, [960, 1080, 1190], [26, 28, 30], [12, 9, 5, 4, 3]),
    ("Thornquay Logistics", Freight, "DE", South, [450, 500, 545], [22, 24, 25], [6, 8, 4, 4, 2]),
    ("Osmunda Clinics", Health, "DE", West, [380, 430, 470], [20, 22, 24], [9, 9, 5, 3, 3]),
    ("Kettlebright Energy", Energy, "DE", North, [350, 380, 410], [18, 20, 20], [8, 8, 5, 4, 2]),
    ("Varnholt Precision", Works, "DE", South, [360, 370, 370], [17, 18, 18], [9, 8, 4, 3, 1]),
    ("Saltmere Stores", Shops, "NL", West, [290, 310, 330], [20, 21, 22], [7, 8, 3, 3, 1]),
    ("Pellimore Pharma", Health, "AT", North, [230, 260, 290], [12, 14, 15], [8, 9, 5, 5, 2]),
    ("Quartzby Glass", Works, "DE", South, [270, 275, 270], [14, 14, 13], [6, 7, 3, 2, 1]),
    ("Fernlock Data Centres", Tech, "DE", West, [55, 130, 275], [6, 13, 25], [7, 9, 5, 5, 2]),
    ("Brambleforth Insurance", Office, "DE", South, [215, 225, 235], [10, 11, 12], [7, 8, 3, 3, 1]),
    ("Copperlea Rail", Freight, "AT", North, [200, 210, 215], [12, 12, 13], [6, 8, 4, 3, 1]),
    ("Quarrymoor Cement", Works, "DE", West, [205, 200, 205], [11, 10, 11], [6, 7, 2, 2, 0]),
    ("Wexcombe Packaging", Works, "DE", South, [440, 400, 135], [22, 18, 6], [8, 8, 3, 1, 0]),
    ("Tidewrack Shipping", Freight, "DK", North, [170, 180, 190], [9, 10, 11], [6, 8, 3, 3, 1]),
    ("Orchardine Drinks", Food, "DE", West, [180, 185, 185], [12, 12, 12], [5, 7, 3, 2, 0]),
    ("Mossgrave Care Homes", Health, "DE", North, [150, 160, 175], [14, 15, 16], [6, 8, 4, 2, 1]),
    ("Ironwhistle Tools", Works, "DE", South, [160, 165, 160], [9, 10, 9], [6, 7, 2, 2, 0]),
    ("Puddlewharf Hotels", Guests, "DE", West, [140, 150, 150], [16, 16, 15], [5, 6, 2, 2, 0]),
    ("Starling & Vetch Textiles", Works, "PL", North, [150, 145, 145], [8, 8, 8], [4, 7, 1, 1, 0]),
    ("Nettlewick Schools", Public, "DE", South, [120, 130, 135], [10, 11, 11], [5, 8, 3, 1, 1]),
    (
        "Gossamer Aviation Services",
        Freight,
        "DE",
        West,
        [110, 115, 125],
        [7, 8, 8],
        [5, 7, 3, 4, 0],
    ),
    ("Hollowmead Farms", Food, "NL", North, [120, 115, 115], [9, 9, 8], [4, 7, 1, 1, 0]),
    ("Duskwater Breweries", Food, "DE", South, [95, 100, 105], [8, 8, 8], [4, 8, 2, 2, 1]),
    ("Larchmantle Furniture", Works, "DE", West, [100, 95, 95], [7, 7, 7], [4, 6, 1, 1, 0]),
    ("Pinfeather Publishing", Office, "DE", North, [80, 85, 85], [6, 6, 7], [3, 8, 2, 1, 1]),
    ("Cloudberry Telecoms", Tech, "DE", South, [60, 70, 75], [6, 7, 7], [5, 7, 3, 4, 0]),
    ("Wickerfield Gardens", Shops, "DE", West, [65, 65, 65], [7, 7, 6], [3, 7, 1, 1, 0]),
    ("Emberlyn Ceramics", Works, "DE", North, [60, 55, 58], [6, 6, 6], [3, 6, 1, 1, 0]),
    ("Tansyhill Laundries", Guests, "DE", South, [45, 50, 50], [6, 6, 6], [3, 7, 1, 1, 0]),
    ("Owlsgate Museums", Public, "CH", West, [40, 42, 42], [6, 6, 6], [3, 9, 2, 1, 1]),
];

/// Organisations above or beside the regulars: no work at all for the first four, little for the
/// others.
const FAMILY: [(&str, Trade, Member); 12] = [
    ("Ravelstone Holding", Office, North),
    ("Thornquay Group", Office, South),
    ("Varnholt Industries", Office, South),
    ("Osmunda Health", Office, West),
    ("Ravelstone Cold Chain", Freight, North),
    ("Ravelstone Bakeries", Food, North),
    ("Thornquay Parcels", Freight, South),
    ("Thornquay Port Services", Freight, South),
    ("Kettlebright Grid", Energy, North),
    ("Kettlebright Wind", Energy, North),
    ("Varnholt Castings", Works, South),
    ("Osmunda Rehab", Health, West),
];

/// Organisations in `FAMILY` that are there only to own others.
const HOLDINGS: usize = 4;

/// Who belongs to whom, and since how many days; none where it was so at the start.
pub(super) const PARENTS: [(&str, &str, Option<i64>); 13] = [
    ("Ravelstone Foods", "Ravelstone Holding", None),
    ("Ravelstone Cold Chain", "Ravelstone Holding", None),
    ("Ravelstone Bakeries", "Ravelstone Holding", Some(640)),
    ("Thornquay Logistics", "Thornquay Group", None),
    ("Thornquay Parcels", "Thornquay Group", None),
    ("Thornquay Port Services", "Thornquay Group", None),
    ("Kettlebright Grid", "Kettlebright Energy", None),
    ("Kettlebright Wind", "Kettlebright Energy", Some(410)),
    ("Varnholt Precision", "Varnholt Industries", None),
    ("Varnholt Castings", "Varnholt Industries", None),
    ("Osmunda Clinics", "Osmunda Health", None),
    ("Osmunda Rehab", "Osmunda Health", None),
    ("Mossgrave Care Homes", "Osmunda Health", Some(245)),
];

/// The subsidiary that two of us claim. It has ordered eight times in the last year.
pub(super) const DISPUTED: &str = "Kettlebright Wind";

const OCCASIONAL: [(&str, Trade); 60] = [
    ("Acornby Bakery", Food),
    ("Anvilmere Forge", Works),
    ("Badgerfold Dairy", Food),
    ("Barleycroft Mills", Food),
    ("Bellwhistle Theatre", Guests),
    ("Birchpenny Bank", Office),
    ("Bluewicket Sports", Guests),
    ("Bobbinhall Mills", Works),
    ("Candlewharf Cinemas", Guests),
    ("Chalkwhistle Academy", Public),
    ("Cinderpath Couriers", Freight),
    ("Clovergate Pharmacies", Health),
    ("Coralmint Cosmetics", Shops),
    ("Crumbleweir Biscuits", Food),
    ("Dapplegate Stables", Guests),
    ("Driftmoor Salvage", Freight),
    ("Elderquay Fisheries", Food),
    ("Fablewick Toys", Shops),
    ("Featherstile Beds", Works),
    ("Flintlatch Locks", Works),
    ("Foxmantle Security", Office),
    ("Gildersedge Jewellers", Shops),
    ("Glowmoss Lighting", Works),
    ("Goosequill Legal", Office),
    ("Hazelpenny Tax Advisers", Office),
    ("Heathertoll Roads", Public),
    ("Hobnail Footwear", Shops),
    ("Inkwhistle Printers", Works),
    ("Jackdaw Archives", Public),
    ("Juniperlock Storage", Freight),
    ("Kelpwater Aquarium", Guests),
    ("Lanternfold Books", Shops),
    ("Lilypath Hospice", Health),
    ("Magpie & Thimble", Shops),
    ("Maplewhim Nurseries", Public),
    ("Millwhistle Flour", Food),
    ("Moonlatch Software", Tech),
    ("Nightjar Studios", Tech),
    ("Oatmantle Cereals", Food),
    ("Otterfold Leisure", Guests),
    ("Paperlantern Events", Guests),
    ("Peppermoor Dental", Health),
    ("Pigeonpost Networks", Tech),
    ("Plumwhistle Jams", Food),
    ("Quincefield Optics", Tech),
    ("Rimefrost Cooling", Works),
    ("Rooksmere Robotics", Tech),
    ("Rosehip Veterinary", Health),
    ("Saffronby Spices", Food),
    ("Silverthimble Tailors", Shops),
    ("Snowbobbin Yarns", Shops),
    ("Sparrowgate Council", Public),
    ("Sundial Surveyors", Office),
    ("Teasel Carpets", Works),
    ("Thistledown Airfreight", Freight),
    ("Tumblewick Removals", Freight),
    ("Umberstone Tiles", Works),
    ("Velvetmoss Spa", Guests),
    ("Wagtail Ferries", Freight),
    ("Zephyrmill Turbines", Energy),
];

/// One client as the table has it.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) trade: Trade,
    pub(super) country: &'static str,
    pub(super) manager: Member,
    /// What it is like, for those with steady work.
    pub(super) habit: Option<Habit>,
    /// Whether it is there only to own others.
    pub(super) holding: bool,
}

/// Every client: the regulars first, then their families, then the occasional ones.
pub(super) fn clients() -> Vec<Client> {
    let regulars =
        REGULARS.into_iter().map(|(name, trade, country, manager, pay, work, traits)| {
            let [contacts, mood, fit, growth, referrals] = traits;
            let (contacts, referrals, mood) = (contacts.into(), referrals.into(), mood.into());
            let habit = Some(Habit { pay, work, contacts, mood, fit, growth, referrals });
            Client { name, trade, country, manager, habit, holding: false }
        });
    let family = FAMILY.into_iter().enumerate().map(|(place, (name, trade, manager))| Client {
        name,
        trade,
        country: "DE",
        manager,
        habit: None,
        holding: place < HOLDINGS,
    });
    let managers = [North, South, West];
    let occasional = OCCASIONAL.into_iter().enumerate().map(|(place, (name, trade))| Client {
        name,
        trade,
        country: "DE",
        manager: managers[place % managers.len()],
        habit: None,
        holding: false,
    });
    regulars.chain(family).chain(occasional).collect()
}
