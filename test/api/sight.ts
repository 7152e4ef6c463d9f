/**
 * Who may see and do what, as the API's description says it, and nothing of how the server does
 * it: the one table that the matrix of test/api/visibility*.test.ts is expected to be.
 */
export interface Relation {
  readonly viewer: "nobody" | "author" | "other";
  readonly friend: "none" | "requested" | "received" | "friends";
  readonly following: boolean;
  readonly followedBy: boolean;
  readonly mutes: boolean;
  readonly blocks: boolean;
  readonly blockedBy: boolean;
  readonly authorIsGone: boolean;
}

export const stranger: Relation = {
  viewer: "other",
  friend: "none",
  following: false,
  followedBy: false,
  mutes: false,
  blocks: false,
  blockedBy: false,
  authorIsGone: false,
};

export interface Shown {
  readonly visibility: "public" | "friends" | "self";
  readonly deleted: boolean;
}

/** "A block hides each from the other everywhere"; who deleted their account is nowhere. */
export function isHidden(relation: Relation): boolean {
  return relation.blocks || relation.blockedBy || relation.authorIsGone;
}

export function sees(relation: Relation, { visibility, deleted }: Shown): boolean {
  if (deleted || isHidden(relation)) {
    return false;
  }
  return (
    relation.viewer === "author" ||
    visibility === "public" ||
    (visibility === "friends" && relation.friend === "friends")
  );
}

/** "Stories of the viewer, of friends, public ones of the followed"; a mute hides from the feed alone. */
export function hasInFeed(relation: Relation, story: Shown): boolean {
  const isWatched =
    relation.viewer === "author" || relation.friend === "friends" || relation.following;
  return isWatched && !relation.mutes && sees(relation, story);
}

const unauthenticated = 401;
const notFound = 404;
const forbidden = 403;

/** Of everything that needs a viewer: whoever has none learns nothing at all. */
function signedIn(relation: Relation, status: number): number {
  return relation.viewer === "nobody" ? unauthenticated : status;
}

type StoryRule = (relation: Relation, story: Shown) => number;

/** What hangs on seeing the story: this status for those who do, and 404 for the others. */
const ifSeen =
  (status: number): StoryRule =>
  (relation, story) =>
    sees(relation, story) ? status : notFound;
const ifSeenAndSignedIn =
  (status: number): StoryRule =>
  (relation, story) =>
    signedIn(relation, ifSeen(status)(relation, story));

/** The author changes it, those who see it may not (403), and for the others it is not there. */
const authorOnly =
  (status: number): StoryRule =>
  (relation, story) =>
    ifSeenAndSignedIn(relation.viewer === "author" ? status : forbidden)(relation, story);

/** By method and what follows `/v1/stories/{id}`. */
export const storyRules: Readonly<Record<string, StoryRule>> = {
  "GET ": ifSeen(200),
  "GET /likes": ifSeen(200),
  "GET /comments": ifSeen(200),
  "POST /comments": ifSeenAndSignedIn(201),
  "PUT /like": ifSeenAndSignedIn(204),
  "DELETE /like": ifSeenAndSignedIn(204),
  "PUT /reshare": (relation, story) =>
    ifSeenAndSignedIn(story.visibility === "public" ? 204 : forbidden)(relation, story),
  "DELETE /reshare": ifSeenAndSignedIn(204),
  "PATCH ": authorOnly(200),
  // Whether there is anything to bring back is known to the author alone.
  "POST /restore": (relation) => signedIn(relation, relation.viewer === "author" ? 200 : notFound),
  // "Deleting what is gone is 204", for whom it was theirs; to others it never was there.
  "DELETE ": (relation, story) =>
    story.deleted && relation.viewer === "author" ? 204 : authorOnly(204)(relation, story),
};

type PersonRule = (relation: Relation) => number;

const ifNotHidden: PersonRule = (relation) => (isHidden(relation) ? notFound : 200);

/** By method and what follows `/v1/accounts/{id}`, but for the lists that privacy is about. */
export const personRules: Readonly<Record<string, PersonRule>> = {
  "GET ": ifNotHidden,
  "GET /stories": ifNotHidden,
};

/** As far as the privacy setting allows; what the viewer may not see is a 404. */
export function privateListStatus(
  relation: Relation,
  setting: "everyone" | "friends" | "nobody",
): number {
  if (isHidden(relation)) {
    return notFound;
  }
  const isShown =
    relation.viewer === "author" ||
    setting === "everyone" ||
    (setting === "friends" && relation.friend === "friends");
  return isShown ? 200 : notFound;
}

/** What begins a relation: to oneself 400, to whom one cannot see 404. */
export function beginStatus(relation: Relation, status: number): number {
  if (relation.viewer === "author") {
    return 400;
  }
  return signedIn(relation, isHidden(relation) ? notFound : status);
}

/**
 * Whom one does not see because they block one, one may still block: they are on their own side
 * not there either, and everybody who is signed out sees that the account exists.
 */
export function blockStatus(relation: Relation): number {
  const isBlock = relation.blocks || relation.blockedBy;
  return isBlock && !relation.authorIsGone ? 204 : beginStatus(relation, 204);
}

/** What ends a relation tells nothing: it is 204 whether there was one or not, even a person. */
export function endStatus(relation: Relation): number {
  return relation.viewer === "author" ? 400 : signedIn(relation, 204);
}

/** Of an answer to somebody's comment on a story that everybody sees: what is hidden cannot be answered. */
export function answerStatus(toCommenter: Relation): number {
  return signedIn(toCommenter, isHidden(toCommenter) ? 400 : 201);
}

/** Of a comment by somebody, on a story that everybody sees. */
export function removeCommentStatus(toCommenter: Relation): number {
  if (toCommenter.viewer === "author") {
    return 204;
  }
  return signedIn(toCommenter, isHidden(toCommenter) ? notFound : forbidden);
}
