import { api, maru } from "../data/client.ts";
import { keys } from "../data/queries.ts";
import { Dialog } from "../design/dialog.tsx";
import { useText } from "../language/language.ts";
import { peopleQuery } from "../people/people-lists.ts";
import { PeopleList } from "../people/people-list.tsx";
import { usePeople } from "../people/use-people.ts";

/** Who likes a story. */
export function LikesDialog(props: { readonly storyId: string; readonly onClose: () => void }) {
  const { storyId, onClose } = props;
  const t = useText();
  const list = usePeople(likesQuery(storyId));
  return (
    <Dialog title={t("story.likers")} closeLabel={t("app.close")} onClose={onClose}>
      <PeopleList list={list} label={t("story.likers")} empty={<p>{t("story.likedByNobody")}</p>} />
    </Dialog>
  );
}

function likesQuery(id: string): ReturnType<typeof peopleQuery> {
  return peopleQuery(keys.likes(id), async (query, signal) =>
    maru.data(api.GET("/v1/stories/{id}/likes", { params: { path: { id }, query }, signal })),
  );
}
