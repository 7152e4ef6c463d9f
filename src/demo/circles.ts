/** Who knows whom in the sample community: circles that overlap across its languages. */

type Handle = string;
export type Pair = readonly [Handle, Handle];

/** In a circle everybody is friends with everybody. */
const circles: readonly (readonly Handle[])[] = [
  // Those who look up at night
  ["sanmaru_observatory", "harbour_light", "cloud_watchers", "night_bus_42", "shirakaba_goya"],
  ["seom_ferry", "sanmaru_observatory", "harbour_light"],
  // Bread, tea and warm water
  ["golmok_bakery", "komorebi_kissa", "oak_street_library", "sento_yuge"],
  ["golmok_bakery", "oksang_farm", "moss_and_fern"],
  // Animals
  ["dosogwan_nabi", "shiba_mugi", "mill_pond_goose", "kawabe_aquarium"],
  // Out of doors
  ["hangang_runners", "slow_cyclists", "shirakaba_goya", "tanada_no_kai"],
  // What grows
  ["oksang_farm", "tanada_no_kai", "moss_and_fern", "mill_pond_goose"],
  // Books and songs
  ["gyedan_books", "oak_street_library", "dosogwan_nabi", "tuesday_choir"],
  ["gyedan_books", "komorebi_kissa"],
  // The sea
  ["seom_ferry", "umibe_eki", "harbour_light", "kawabe_aquarium"],
  // Those who make and mend
  ["dongne_repair", "kamihikoki_bu", "slow_cyclists", "tuesday_choir"],
  ["kamihikoki_bu", "cloud_watchers"],
  // Neighbours
  ["golmok_bakery", "hangang_runners", "dosogwan_nabi", "gyedan_books", "dongne_repair"],
  ["komorebi_kissa", "shiba_mugi", "sento_yuge", "umibe_eki", "kamihikoki_bu"],
  ["oak_street_library", "moss_and_fern", "tuesday_choir", "slow_cyclists", "night_bus_42"],
];

interface SignInCircle {
  readonly friends: readonly Handle[];
  readonly follows: readonly Handle[];
  /** Those whose request waits for an answer. */
  readonly askedBy: readonly Handle[];
}

const signIns: Readonly<Record<Handle, SignInCircle>> = {
  maru_ko: {
    friends: [
      ...["golmok_bakery", "dosogwan_nabi", "sanmaru_observatory", "gyedan_books", "oksang_farm"],
      ...["hangang_runners", "komorebi_kissa", "shiba_mugi", "shirakaba_goya"],
      ...["harbour_light", "oak_street_library", "mill_pond_goose", "maru_ja", "maru_en"],
    ],
    follows: ["umibe_eki", "cloud_watchers", "moss_and_fern"],
    askedBy: ["seom_ferry", "sento_yuge", "tuesday_choir"],
  },
  maru_ja: {
    friends: [
      ...["komorebi_kissa", "umibe_eki", "shiba_mugi", "tanada_no_kai", "sento_yuge"],
      ...["kamihikoki_bu", "golmok_bakery", "dosogwan_nabi", "seom_ferry"],
      ...["moss_and_fern", "night_bus_42", "cloud_watchers", "maru_en"],
    ],
    follows: ["sanmaru_observatory", "oak_street_library", "shirakaba_goya"],
    askedBy: ["kawabe_aquarium", "gyedan_books", "harbour_light"],
  },
  maru_en: {
    friends: [
      ...["harbour_light", "oak_street_library", "moss_and_fern", "tuesday_choir"],
      ...["mill_pond_goose", "slow_cyclists", "night_bus_42", "sanmaru_observatory"],
      ...["hangang_runners", "komorebi_kissa", "shiba_mugi", "kawabe_aquarium"],
    ],
    follows: ["golmok_bakery", "kamihikoki_bu", "tanada_no_kai"],
    askedBy: ["cloud_watchers", "dongne_repair", "shirakaba_goya"],
  },
};

const followsOfMembers: readonly Pair[] = [
  ["hangang_runners", "golmok_bakery"],
  ["golmok_bakery", "cloud_watchers"],
  ["dosogwan_nabi", "umibe_eki"],
  ["gyedan_books", "night_bus_42"],
  ["dongne_repair", "umibe_eki"],
  ["seom_ferry", "cloud_watchers"],
  ["oksang_farm", "komorebi_kissa"],
  ["sanmaru_observatory", "kamihikoki_bu"],
  ["komorebi_kissa", "night_bus_42"],
  ["umibe_eki", "night_bus_42"],
  ["shiba_mugi", "tanada_no_kai"],
  ["tanada_no_kai", "golmok_bakery"],
  ["kamihikoki_bu", "harbour_light"],
  ["kawabe_aquarium", "moss_and_fern"],
  ["sento_yuge", "shirakaba_goya"],
  ["shirakaba_goya", "seom_ferry"],
  ["harbour_light", "umibe_eki"],
  ["oak_street_library", "shiba_mugi"],
  ["moss_and_fern", "komorebi_kissa"],
  ["tuesday_choir", "sento_yuge"],
  ["mill_pond_goose", "golmok_bakery"],
  ["cloud_watchers", "sanmaru_observatory"],
  ["slow_cyclists", "umibe_eki"],
  ["night_bus_42", "sento_yuge"],
];

function pairsIn(circle: readonly Handle[]): readonly Pair[] {
  return circle.flatMap((one, at) => circle.slice(at + 1).map((other): Pair => [one, other]));
}

function toEach(pick: (circle: SignInCircle) => readonly Handle[]): readonly Pair[] {
  return Object.entries(signIns).flatMap(([handle, circle]) =>
    pick(circle).map((other): Pair => [handle, other]),
  );
}

/** Each pair once. */
export const friendships: readonly Pair[] = [
  ...new Map(
    [...circles.flatMap(pairsIn), ...toEach(({ friends }) => friends)].map(
      (pair) => [pair.toSorted().join(" "), pair] as const,
    ),
  ).values(),
];

/** The first follows the second. */
export const follows: readonly Pair[] = [...followsOfMembers, ...toEach((own) => own.follows)];

/** The first asks to be the second's friend, and has no answer yet. */
export const requests: readonly Pair[] = toEach(({ askedBy }) => askedBy).map(
  ([handle, asking]): Pair => [asking, handle],
);

export function friendsOf(handle: Handle): readonly Handle[] {
  return friendships.flatMap(([one, other]) =>
    one === handle ? [other] : other === handle ? [one] : [],
  );
}
