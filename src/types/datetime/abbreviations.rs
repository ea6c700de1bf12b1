//! Time zone abbreviations that input knows, with their offsets: PostgreSQL's `Default` set.

/// Name in lower case, seconds east of UTC, whether it is daylight saving time. Sorted by name.
#[rustfmt::skip]
static ABBREVIATIONS: &[(&str, i32, bool)] = &[
    ("acdt", 37_800, true), ("acsst", 37_800, true), ("acst", 34_200, false),
    ("act", -18_000, false), ("acwst", 31_500, false), ("adt", -10_800, true),
    ("aedt", 39_600, true), ("aesst", 39_600, true), ("aest", 36_000, false),
    ("aft", 16_200, false), ("akdt", -28_800, true), ("akst", -32_400, false),
    ("almst", 25_200, true), ("almt", 21_600, false), ("amst", 14_400, false),
    ("amt", -14_400, false), ("anast", 43_200, false), ("anat", 43_200, false),
    ("arst", -10_800, false), ("art", -10_800, false), ("ast", -14_400, false),
    ("awsst", 32_400, true), ("awst", 28_800, false), ("azost", 0, true), ("azot", -3_600, false),
    ("azst", 14_400, false), ("azt", 14_400, false), ("bdst", 7_200, true),
    ("bdt", 21_600, false), ("bnt", 28_800, false), ("bort", 28_800, false),
    ("bot", -14_400, false), ("bra", -10_800, false), ("brst", -7_200, true),
    ("brt", -10_800, false), ("bst", 3_600, true), ("btt", 21_600, false), ("cadt", 37_800, true),
    ("cast", 34_200, false), ("cct", 28_800, false), ("cdt", -18_000, true),
    ("cest", 7_200, true), ("cet", 3_600, false), ("cetdst", 7_200, true),
    ("chadt", 49_500, true), ("chast", 45_900, false), ("chut", 36_000, false),
    ("ckt", -36_000, false), ("clst", -10_800, true), ("clt", -10_800, true),
    ("cot", -18_000, false), ("cst", -21_600, false), ("cxt", 25_200, false),
    ("davt", 25_200, false), ("ddut", 36_000, false), ("easst", -18_000, true),
    ("east", -18_000, true), ("eat", 10_800, false), ("edt", -14_400, true),
    ("eest", 10_800, true), ("eet", 7_200, false), ("eetdst", 10_800, true), ("egst", 0, true),
    ("egt", -3_600, false), ("est", -18_000, false), ("fet", 10_800, false),
    ("fjst", 46_800, true), ("fjt", 43_200, false), ("fkst", -10_800, false),
    ("fkt", -10_800, false), ("fnst", -3_600, true), ("fnt", -7_200, false),
    ("galt", -21_600, false), ("gamt", -32_400, false), ("gest", 14_400, false),
    ("get", 14_400, false), ("gft", -10_800, false), ("gilt", 43_200, false), ("gmt", 0, false),
    ("gyt", -14_400, false), ("hkt", 28_800, false), ("hst", -36_000, false),
    ("ict", 25_200, false), ("idt", 10_800, true), ("iot", 21_600, false),
    ("irkst", 28_800, false), ("irkt", 28_800, false), ("irt", 12_600, false),
    ("ist", 7_200, false), ("jayt", 32_400, false), ("jst", 32_400, false), ("kdt", 36_000, true),
    ("kgst", 21_600, true), ("kgt", 21_600, false), ("kost", 39_600, false),
    ("krast", 25_200, false), ("krat", 25_200, false), ("kst", 32_400, false),
    ("lhdt", 39_600, true), ("lhst", 37_800, false), ("ligt", 36_000, false),
    ("lint", 50_400, false), ("lkt", 19_800, false), ("magst", 39_600, false),
    ("magt", 39_600, false), ("mart", -34_200, false), ("mawt", 18_000, false),
    ("mdt", -21_600, true), ("mest", 7_200, true), ("mesz", 7_200, true), ("met", 3_600, false),
    ("metdst", 7_200, true), ("mez", 3_600, false), ("mht", 43_200, false),
    ("mmt", 23_400, false), ("mpt", 36_000, false), ("msd", 14_400, true), ("msk", 10_800, false),
    ("mst", -25_200, false), ("must", 18_000, true), ("mut", 14_400, false),
    ("mvt", 18_000, false), ("myt", 28_800, false), ("ndt", -9_000, true),
    ("nft", -12_600, false), ("novst", 25_200, false), ("novt", 25_200, false),
    ("npt", 20_700, false), ("nst", -12_600, false), ("nut", -39_600, false),
    ("nzdt", 46_800, true), ("nzst", 43_200, false), ("nzt", 43_200, false),
    ("omsst", 21_600, false), ("omst", 21_600, false), ("pdt", -25_200, true),
    ("pet", -18_000, false), ("petst", 43_200, false), ("pett", 43_200, false),
    ("pgt", 36_000, false), ("pht", 28_800, false), ("pkst", 21_600, true),
    ("pkt", 18_000, false), ("pmdt", -7_200, true), ("pmst", -10_800, false),
    ("pont", 39_600, false), ("pst", -28_800, false), ("pwt", 32_400, false),
    ("pyst", -10_800, true), ("pyt", -10_800, false), ("ret", 14_400, false),
    ("sadt", 37_800, true), ("sast", 7_200, false), ("sct", 14_400, false),
    ("sgt", 28_800, false), ("taht", -36_000, false), ("tft", 18_000, false),
    ("tjt", 18_000, false), ("tkt", 46_800, false), ("tmt", 18_000, false),
    ("tot", 46_800, false), ("trut", 36_000, false), ("tvt", 43_200, false), ("uct", 0, false),
    ("ulast", 32_400, true), ("ulat", 28_800, false), ("ut", 0, false), ("utc", 0, false),
    ("uyst", -7_200, true), ("uyt", -10_800, false), ("uzst", 21_600, true),
    ("uzt", 18_000, false), ("vet", -14_400, false), ("vlast", 36_000, false),
    ("vlat", 36_000, false), ("volt", 10_800, false), ("vut", 39_600, false),
    ("wadt", 28_800, true), ("wakt", 43_200, false), ("wast", 25_200, false),
    ("wat", 3_600, false), ("wdt", 32_400, true), ("wet", 0, false), ("wetdst", 3_600, true),
    ("wft", 43_200, false), ("wgst", -7_200, true), ("wgt", -10_800, false),
    ("xjt", 21_600, false), ("yakst", 32_400, false), ("yakt", 32_400, false),
    ("yapt", 36_000, false), ("yekst", 21_600, true), ("yekt", 18_000, false), ("z", 0, false),
    ("zulu", 0, false),
];

/// The offset, seconds east, and whether it is daylight saving time.
pub fn find(name: &str) -> Option<(i32, bool)> {
    let name = name.to_ascii_lowercase();
    ABBREVIATIONS
        .binary_search_by_key(&name.as_str(), |(abbreviation, ..)| abbreviation)
        .ok()
        .map(|index| (ABBREVIATIONS[index].1, ABBREVIATIONS[index].2))
}

/// Every abbreviation, for `pg_timezone_abbrevs`.
pub fn all() -> &'static [(&'static str, i32, bool)] {
    ABBREVIATIONS
}
