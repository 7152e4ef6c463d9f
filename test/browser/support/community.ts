import { expectStatus, type Api, type Person, type Story } from "../../support/api-client.ts";
import type { LocaleName } from "./browser.ts";
import { makeAlbum, type Album } from "./album.ts";

/** People and stories that are hard on a layout: long, unbroken, of many scripts, of every kind. */
export interface Community {
  /** Whose pages are looked at. */
  readonly me: Person;
  /** With a name and a bio as long as they may be. */
  readonly friend: Person;
  /** Has asked to be a friend, and follows. */
  readonly asking: Person;
  /** Does not show friends and followers. */
  readonly closed: Person;
  readonly blocked: Person;
  /** Has nothing and nobody. */
  readonly newcomer: Person;
  /** By the friend, with comments and replies. */
  readonly discussed: Story;
  readonly own: Story;
  /** As long as a story may be. */
  readonly longest: Story;
  /** With photos and videos, by the friend. */
  readonly album: Album;
}

const charactersMax = 5_000;
const nameCharactersMax = 50;

interface Texts {
  readonly me: string;
  readonly friend: string;
  readonly bio: string;
  readonly stories: readonly string[];
  readonly paragraph: string;
  readonly comments: readonly string[];
}

const texts: Readonly<Record<LocaleName, Texts>> = {
  ko: {
    me: "마당 넓은 집",
    friend:
      "아주길고도길어서한줄에는도무지들어가지않는이름을가진골목끝작은수선집이에요정말로길지요",
    bio: "골목 끝에서 우산과 라디오를 고쳐요. 고칠 수 없는 것은 없고, 시간이 걸릴 뿐이에요. ☂️📻 영업 시간과 오시는 길은 https://example.org/a/very/long/address/that/nobody/would/type?and=more 에 있어요.",
    stories: [
      "오늘은 비가 온대요 ☔",
      "빨래를 걷고 나서야 해가 났습니다. 이럴 줄 알았으면 조금 더 늦장을 부릴걸 그랬어요. 그래도 마루에 앉아 있으니 바람이 지나가는 소리가 다 들려요.",
      "가나다라마바사아자차카타파하".repeat(14),
      "첫 줄\n둘째 줄\n\n한 줄을 비우고 넷째 줄",
      "읽어 볼 만한 글: https://example.org/articles/2026/11/how-to-sit-on-a-wooden-floor-and-do-nothing 이에요. 그리고 www.example.com도요.",
      "🎏🍵🐈‍⬛👩‍👩‍👧‍👦🏳️‍🌈",
      "모두에게 보이는 글과 친구에게만 보이는 글은 아이콘이 달라요.",
    ],
    paragraph: "마루에 앉아 있으면 집 안의 소리와 집 밖의 소리가 반씩 들려요. ",
    comments: [
      "저도 오늘 그 소리를 들었어요.",
      "비가 그치면 같이 걸을까요? 새로 생긴 산책길이 생각보다 길고 조용해서, 이야기하기에 딱 좋더라고요.",
      "좋아요 👍",
      "붙여쓴아주긴낱말이댓글에도나올수있으니까요".repeat(5),
    ],
  },
  ja: {
    me: "縁側のある家",
    friend:
      "とてもとても長くて一行にはどうしても入りきらない名前を持った路地の奥の小さな修理屋です本当に長い",
    bio: "路地の奥で、傘とラジオを直しています。直せないものはありません。時間がかかるだけです。☂️📻 営業時間と道順は https://example.org/a/very/long/address/that/nobody/would/type?and=more にあります。",
    stories: [
      "今日は雨だそうです ☔",
      "洗濯物を取り込んだら晴れました。こんなことなら、もう少しのんびりしていればよかったです。それでも縁側に座っていると、風の通る音がよく聞こえます。",
      "いろはにほへとちりぬるを".repeat(16),
      "一行目\n二行目\n\n一行あけて四行目",
      "読んでみたい記事：https://example.org/articles/2026/11/how-to-sit-on-a-wooden-floor-and-do-nothing です。それから www.example.com も。",
      "🎏🍵🐈‍⬛👩‍👩‍👧‍👦🏳️‍🌈",
      "全員に見える投稿と、友だちだけに見える投稿は、しるしが違います。",
    ],
    paragraph: "縁側に座っていると、家の中の音と外の音が半分ずつ聞こえます。",
    comments: [
      "私も今日、その音を聞きました。",
      "雨がやんだら一緒に歩きませんか。新しくできた散歩道が思ったより長くて静かで、話をするのにちょうどいいですよ。",
      "いいね 👍",
      "コメントにも切れ目のないとても長い言葉が出てくることがありますから".repeat(4),
    ],
  },
  en: {
    me: "The house with a porch",
    friend: "A-small-mending-shop-whose-name-is-far-too-long-ok",
    bio: "We mend umbrellas and radios at the end of the lane. Nothing is beyond repair, it only takes time. ☂️📻 Opening hours and the way here: https://example.org/a/very/long/address/that/nobody/would/type?and=more",
    stories: [
      "They say it will rain today ☔",
      "The sun came out once the washing was in. Had I known, I would have taken my time. Still, sitting here one hears all of the wind going by.",
      "incomprehensibilities".repeat(12),
      "first line\nsecond line\n\na line left out, and the fourth",
      "Worth reading: https://example.org/articles/2026/11/how-to-sit-on-a-wooden-floor-and-do-nothing, and www.example.com too.",
      "🎏🍵🐈‍⬛👩‍👩‍👧‍👦🏳️‍🌈",
      "What everyone sees and what only friends see have different signs.",
    ],
    paragraph: "On the porch one hears half of the house and half of the street. ",
    comments: [
      "I heard it too, today.",
      "Shall we go for a walk when the rain is over? The new path is longer and quieter than I thought, and just right for a talk.",
      "Nice 👍",
      "an-unbroken-word-may-well-be-in-a-comment-too-".repeat(5),
    ],
  },
};

const readersMany = 14;

export async function makeCommunity(api: Api, locale: LocaleName): Promise<Community> {
  const words = texts[locale];
  const person = (handle: string, name: string, more: object = {}): Promise<Person> =>
    api.signUp(handle, { name, locale, ...more });
  const me = await person("porch", words.me);
  const friend = await person(
    "a_handle_of_thirty_characters_",
    words.friend.slice(0, nameCharactersMax),
  );
  await friend.patch("/v1/accounts/me", { bio: words.bio });
  const asking = await person("asking", "Ω Ask·ing מישהו");
  const closed = await person("closed", "🔒");
  await closed.patch("/v1/accounts/me", { privacy: "nobody" });
  const blocked = await person("blocked", "Blocked Person");
  const newcomer = await person("newcomer", "N");

  await me.befriend(friend);
  await asking.put(`/v1/friends/${me.id}`);
  await asking.put(`/v1/follows/${me.id}`);
  await me.put(`/v1/friends/${closed.id}`);
  await me.put(`/v1/follows/${closed.id}`);
  await me.put(`/v1/mutes/${closed.id}`);

  const longest = await friend.publish(
    words.paragraph.repeat(Math.floor(charactersMax / words.paragraph.length)),
  );
  for (const text of words.stories) {
    await friend.publish(text);
  }
  await friend.publish(words.stories[1]!, { visibility: "friends" });
  const reshared = await asking.publish(`${words.stories[0]!} @asking`);
  expectStatus(await friend.put(`/v1/stories/${reshared.id}/reshare`), 204);
  await closed.publish(words.stories[6]!);
  const draft = await me.publish(words.stories[0]!, { visibility: "self" });
  await me.patch(`/v1/stories/${draft.id}`, { text: words.stories[1]! });
  const own = await me.publish(words.stories[3]!);
  const album = await makeAlbum(api, friend, words.stories);
  const discussed = await friend.publish(words.stories[1]!);
  await discuss(words, discussed, [me, friend, asking]);
  await crowd(api, { me, story: discussed, locale });
  expectStatus(await me.put(`/v1/blocks/${blocked.id}`), 204);
  return { me, friend, asking, closed, blocked, newcomer, discussed, own, longest, album };
}

async function discuss(
  { comments }: Texts,
  story: Story,
  [me, friend, asking]: readonly [Person, Person, Person],
): Promise<void> {
  const first = await asking.comment(story.id, comments[1]!);
  await friend.comment(story.id, comments[0]!, first.id);
  await me.comment(story.id, comments[3]!, first.id);
  await me.comment(story.id, comments[2]!);
  await friend.comment(story.id, comments[3]!);
}

/** Enough people for lists that scroll and counts of two digits. */
async function crowd(
  api: Api,
  {
    me,
    story,
    locale,
  }: { readonly me: Person; readonly story: Story; readonly locale: LocaleName },
): Promise<void> {
  for (let i = 1; i <= readersMany; i += 1) {
    const reader = await api.signUp(`reader_${String(i)}`, { name: `Reader ${String(i)}`, locale });
    await reader.put(`/v1/stories/${story.id}/like`);
    if (i % 3 === 0) {
      await reader.befriend(me);
    } else if (i % 3 === 1) {
      await reader.put(`/v1/friends/${me.id}`);
    } else {
      await me.put(`/v1/friends/${reader.id}`);
    }
  }
}
