/** Generated from the server's routes by tools/generate-sdk.ts: change those, then run `npm run fix`. */

export interface paths {
    "/client.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which build of the web client this server has
         * @description A page that was opened with another build knows by this that there is a newer one.
         */
        get: operations["readClient"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/media/{address}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file of a photo or video, by its address
         * @description Addresses are told in stories, profiles and media. Ranges and conditional requests are answered. Public files may be kept by caches for 60 s, or longer where the operator has them purged; addresses of others are signed, and good for 24 h at most.
         */
        get: operations["getFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find people
         * @description People whose handle or name begins so, best first.
         */
        get: operations["searchAccounts"];
        put?: never;
        /**
         * Sign up
         * @description Makes an account and signs in. With `cookie` the token is set as a cookie and not in the body.
         */
        post: operations["signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who someone is
         * @description By id or by `@handle`. With a viewer, also how the viewer stands to them.
         */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/followers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who follows a person, newest first, as far as privacy allows */
        get: operations["listAccountFollowers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/following": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom a person follows, newest first, as far as privacy allows */
        get: operations["listAccountFollowing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/friends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A person's friends, newest first, as far as privacy allows */
        get: operations["listAccountFriends"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/stories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A person's stories, newest first, as far as the viewer may see them */
        get: operations["listAccountStories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who I am */
        get: operations["getOwnAccount"];
        put?: never;
        post?: never;
        /**
         * Delete my account
         * @description For good, with everything that the person has published.
         */
        delete: operations["deleteOwnAccount"];
        options?: never;
        head?: never;
        /** Change my account */
        patch: operations["updateOwnAccount"];
        trace?: never;
    };
    "/v1/accounts/me/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My comments, newest first
         * @description Also those on stories that one does not see any more; none that are deleted, or whose story is.
         */
        get: operations["listOwnComments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change my password
         * @description Signs out every other session.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom the viewer blocks */
        get: operations["listBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Block a person: ends friendship, requests and follows, and hides each from the other */
        put: operations["block"];
        post?: never;
        /** End a block; what it ended stays ended */
        delete: operations["unblock"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/client-errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell the operator of an error in a page
         * @description The error becomes a line in the server's log. When there are too many at once, what is too much is only counted.
         */
        post: operations["reportClientError"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/comments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a comment: one's own, or one on one's own story
         * @description Its replies stay.
         */
        delete: operations["deleteComment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The viewer's feed, newest first
         * @description Stories of the viewer, of friends, public ones of the followed, and public stories that these reshared. Each story stands once. Scroll back with `cursor` as far as there are stories.
         */
        get: operations["readFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feed/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The feed as it changes, as server-sent events
         * @description Of the feed: `ready` (the stream has begun), `story` `{item}` (to be placed by its `at`), `story.updated` `{story}`, `story.deleted` `{id}`, `counts` `{id, counts}`. Of the viewer, on whichever device it was done: `viewer` `{id, viewer: {liked, reshared}}`, of any story; `relationship` `{account, relationship}`, by either of the two, where `account` is the other's id; `account` `{account}`, as `GET /v1/accounts/me` answers. And `reset`: start again from `GET /v1/feed`; whatever else is kept from earlier may be out of date, too. Each event says how things are, so hearing one twice does no harm, and has an `id`; a client that comes back with it in `Last-Event-ID` or `?after=` misses nothing that was kept, at least 7 days.
         */
        get: operations["listenToFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/follows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom the viewer follows */
        get: operations["listFollows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/follows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Follow a person */
        put: operations["follow"];
        post?: never;
        /** Stop following a person */
        delete: operations["unfollow"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/friends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Friends, newest first */
        get: operations["listFriends"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/friends/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Ask a person to be friends, or accept what they asked */
        put: operations["addFriend"];
        post?: never;
        /** Withdraw or decline a friend request, or end a friendship */
        delete: operations["removeFriend"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/friends/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open friend requests, newest first */
        get: operations["listFriendRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a photo or a video
         * @description As a form with a `file` and, beside it, an `alt`. What is shown of it is made after the answer; a story may use it at once. What nobody uses is removed after a day. Larger files and weak connections are better served by `/v1/uploads`.
         */
        post: operations["uploadMedia"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a media item
         * @description By who uploaded it, and by whoever sees a story that shows it.
         */
        get: operations["getMedia"];
        put?: never;
        post?: never;
        /**
         * Remove a media item that nothing uses
         * @description Removing it again is 204, too. What a story shows goes with the story.
         */
        delete: operations["deleteMedia"];
        options?: never;
        head?: never;
        /** Say what a photo or video shows */
        patch: operations["describeMedia"];
        trace?: never;
    };
    "/v1/mutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is muted */
        get: operations["listMutes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mutes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Hide a person from the feed */
        put: operations["mute"];
        post?: never;
        /** Show a person in the feed again */
        delete: operations["unmute"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/page-timings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell the operator how long a page took
         * @description The times go into the server's metrics, by the kind of page alone.
         */
        post: operations["reportPageTimings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where I am signed in
         * @description Newest first.
         */
        get: operations["listSessions"];
        put?: never;
        /**
         * Sign in
         * @description With `cookie` the token is set as a cookie and not in the body.
         */
        post: operations["signIn"];
        /**
         * Sign out everywhere
         * @description Every token is dead, and every live stream closed, when it answers.
         */
        delete: operations["signOutEverywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign out one of my sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign out here */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a story
         * @description The text has at most 5,000 characters and 32 KiB, and may be empty where there is media or a link. Where no link is given, the first one in the text becomes the story's.
         */
        post: operations["publishStory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a story */
        get: operations["getStory"];
        put?: never;
        post?: never;
        /**
         * Delete a story
         * @description With its likes, comments and reshares, for everybody and at once. Deleting one's own again is 204, too. For 30 s it may be restored; then all of it is erased.
         */
        delete: operations["deleteStory"];
        options?: never;
        head?: never;
        /** Change a story's text, or who sees it */
        patch: operations["editStory"];
        trace?: never;
    };
    "/v1/stories/{id}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A story's comments, oldest first */
        get: operations["listComments"];
        put?: never;
        /** Comment on a story, or reply to a comment of it */
        post: operations["addComment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stories/{id}/like": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Like a story */
        put: operations["likeStory"];
        post?: never;
        /** Take a like back */
        delete: operations["unlikeStory"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stories/{id}/likes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who likes a story, the latest first */
        get: operations["listLikes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stories/{id}/reshare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Reshare a public story */
        put: operations["reshareStory"];
        post?: never;
        /** Take a reshare back */
        delete: operations["unreshareStory"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stories/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring back a story that one deleted just now
         * @description Within 30 s of its deletion, by its author: with its likes, comments, reshares and place in the feed, as if nothing had been. Of a story that is there nothing changes.
         */
        post: operations["restoreStory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin an upload that may be gone on with (tus 1.0) */
        post: operations["beginUpload"];
        delete?: never;
        /** What uploads of tus may be */
        options: operations["askUploadAbilities"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Give up an upload (tus 1.0) */
        delete: operations["cancelUpload"];
        options?: never;
        /** How much of an upload has come (tus 1.0) */
        head: operations["findUpload"];
        /** Go on with an upload (tus 1.0) */
        patch: operations["continueUpload"];
        trace?: never;
    };
    "/v1/uploads/{id}/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What has become of an upload that is whole */
        get: operations["getUploadMedia"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Account: {
            avatarUrl: string | null;
            bio: string;
            counts: {
                followers: number;
                following: number;
                friends: number;
                stories: number;
            };
            /** Format: date-time */
            createdAt: string;
            handle: string;
            /** @description Decimal id. */
            id: string;
            name: string;
        };
        AccountSummary: {
            avatarUrl: string | null;
            bio: string;
            /** Format: date-time */
            createdAt: string;
            handle: string;
            /** @description Decimal id. */
            id: string;
            name: string;
        };
        Comment: {
            author: components["schemas"]["AccountSummary"];
            /** Format: date-time */
            createdAt: string;
            id: string;
            parentId: string | null;
            storyId: string;
            text: string;
        };
        FeedItem: {
            /** Format: date-time */
            at: string;
            /** @description Where the item stands: the story's id, or the reshare's. */
            id: string;
            reason: {
                by: components["schemas"]["AccountSummary"][];
                byCount: number;
                /** @enum {string} */
                type: "author" | "reshare";
            };
            story: components["schemas"]["Story"];
        };
        Link: {
            description: string | null;
            imageUrl: string | null;
            title: string | null;
            url: string;
        };
        Media: {
            /** @description What it shows, for who cannot see it; may be empty. */
            alt: string;
            blurhash: string | null;
            durationSeconds: number | null;
            height: number;
            /** @description Decimal id. */
            id: string;
            /** @enum {string} */
            kind: "image" | "video";
            previewUrl: string | null;
            problem: string | null;
            /** @enum {string} */
            state: "processing" | "ready" | "failed";
            url: string | null;
            variants: {
                /** @description Media type, such as `image/avif`. */
                type: string;
                url: string;
                width: number;
            }[];
            /** @description In pixels, as it is shown. */
            width: number;
        };
        OwnAccount: {
            avatarUrl: string | null;
            bio: string;
            counts: {
                followers: number;
                following: number;
                friends: number;
                stories: number;
            };
            /** Format: date-time */
            createdAt: string;
            handle: string;
            /** @description Decimal id. */
            id: string;
            /** @enum {string} */
            locale: "ko" | "ja" | "en";
            name: string;
            privacy: components["schemas"]["Privacy"];
            /** @description Name of an IANA time zone. */
            timeZone: string;
        };
        /** @enum {string} */
        Privacy: "everyone" | "friends" | "nobody";
        Problem: {
            /** @description Stable; what clients branch on. */
            code: string;
            /** @description One sentence about this occurrence; the title where there is no more to say. */
            detail: string;
            errors?: {
                message: string;
                /** @description A JSON pointer into the body, or a parameter's name. */
                path: string;
            }[];
            /** @description The same as the header X-Request-Id. */
            requestId: string;
            status: number;
            /** @description One sentence that is the same for every occurrence. */
            title: string;
            /** @description Where the problem is explained; a path on this server. */
            type: string;
        };
        Relationship: {
            blocked: boolean;
            followedBy: boolean;
            following: boolean;
            /** @enum {string} */
            friend: "none" | "requested" | "received" | "friends";
            muted: boolean;
        };
        Story: {
            author: components["schemas"]["AccountSummary"];
            counts: components["schemas"]["StoryCounts"];
            /** Format: date-time */
            createdAt: string;
            editedAt: string | null;
            id: string;
            /** @description BCP 47; `und` where it could not be told. */
            lang: string;
            link: components["schemas"]["Link"] | null;
            media: components["schemas"]["Media"][];
            text: string;
            viewer?: {
                liked: boolean;
                reshared: boolean;
            };
            /** @enum {string} */
            visibility: "public" | "friends" | "self";
        };
        StoryCounts: {
            comments: number;
            likes: number;
            reshares: number;
        };
    };
    responses: {
        /** @description Anything else that went wrong. */
        Problem: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
        IdempotencyKey: string;
        /** @description The `ETag` of what the client has: 304 without a body where it is that still. */
        IfNoneMatch: string;
        /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
        Position: string;
    };
    requestBodies: never;
    headers: {
        /** @description Where the write stands in the log; a client may send it back with a read. */
        Position: string;
        /** @description `true` when this is the answer of an earlier request with the same key. */
        Replayed: "true";
        /** @description This request's id; in the server's logs too. */
        RequestId: string;
        /** @description Seconds after which to try again. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Null: the server has no web client. */
                        build: string | null;
                        demo: {
                            accounts: {
                                handle: string;
                                /** @enum {string} */
                                locale: "ko" | "ja" | "en";
                                name: string;
                                password: string;
                            }[];
                        } | null;
                        /** @description Of the server. */
                        version: string;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getFile: {
        parameters: {
            query?: {
                s?: string;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                address: string;
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    searchAccounts: {
        parameters: {
            query: {
                cursor?: string;
                /** @description The beginning of a handle, with or without `@`, or of a name. */
                handle: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    signUp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    cookie?: boolean;
                    /** @description 2 to 30 of `a-z 0-9 _`; upper case is folded. */
                    handle: string;
                    /** @enum {string} */
                    locale?: "ko" | "ja" | "en";
                    /** @description 1 to 50 characters, at most 200 bytes. */
                    name: string;
                    password: string;
                    /** @description Name of an IANA time zone, such as `Asia/Seoul`. */
                    timeZone?: string;
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: components["schemas"]["Account"];
                        /** @description For `Authorization: Bearer`; not there when it is in the cookie. */
                        token?: string;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `idempotency.in_progress` The first request with this idempotency key is still running.
             *     - `accounts.handle_taken` This handle belongs to someone else.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.too_many_attempts` There were too many wrong passwords. Try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.hashing_busy` Too many people are signing in right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description Decimal id or `@handle`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: components["schemas"]["Account"];
                        relationship?: components["schemas"]["Relationship"];
                    };
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAccountFollowers: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description An account's id, or @handle. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAccountFollowing: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description An account's id, or @handle. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAccountFriends: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description An account's id, or @handle. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAccountStories: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description An account's id, or @handle. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Story"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getOwnAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: components["schemas"]["OwnAccount"];
                    };
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteOwnAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.bad_password` The password is wrong. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.too_many_attempts` There were too many wrong passwords. Try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.hashing_busy` Too many people are signing in right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    updateOwnAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An uploaded picture of mine; null for none. */
                    avatarId?: string | null;
                    /** @description At most 500 characters and 2,048 bytes. */
                    bio?: string;
                    /** @enum {string} */
                    locale?: "ko" | "ja" | "en";
                    /** @description 1 to 50 characters, at most 200 bytes. */
                    name?: string;
                    privacy?: components["schemas"]["Privacy"];
                    /** @description Name of an IANA time zone, such as `Asia/Seoul`. */
                    timeZone?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: components["schemas"]["OwnAccount"];
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listOwnComments: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Comment"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current: string;
                    next: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.bad_password` The password is wrong. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.too_many_attempts` There were too many wrong passwords. Try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.hashing_busy` Too many people are signing in right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listBlocks: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    block: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `graph.block_limit` You block as many people as a person can block. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unblock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reportClientError: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of the page that tells; as in `GET /client.json`. */
                    build: string;
                    /** @description Where it was caught, such as `render`; `error` where it is left out. */
                    kind?: string;
                    message: string;
                    /** @description The path of the page. Of whom or what it is about, nothing is kept. */
                    page: string;
                    stack?: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteComment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A comment's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `stories.not_author` Only the author may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    readFeed: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: 304 without a body where it is that still. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Weak; covers everything but the counts. */
                    ETag?: string;
                    /** @description Where to begin with `GET /v1/feed/live?after=`, so that nothing is missed. */
                    "Maru-Live-After"?: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["FeedItem"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description What the client has is what it would be given */
            304: {
                headers: {
                    /** @description Weak; covers everything but the counts. */
                    ETag?: string;
                    /** @description Where to begin with `GET /v1/feed/live?after=`, so that nothing is missed. */
                    "Maru-Live-After"?: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listenToFeed: {
        parameters: {
            query?: {
                /** @description `Maru-Live-After` of a page, or an event's id; `Last-Event-ID` goes before it. */
                after?: string;
            };
            header?: {
                /** @description Of the last event that the client has seen; the stream goes on after it. */
                "Last-Event-ID"?: string;
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `feed.too_many_streams` There are as many live streams as this server can hold. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listFollows: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    follow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `graph.follow_limit` You follow as many people as a person can follow. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unfollow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listFriends: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    addFriend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        state: "requested" | "friends";
                    };
                };
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `graph.friend_limit` One of the two has as many friends as a person can have.
             *     - `graph.request_limit` One of the two has as many open friend requests as a person can have.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    removeFriend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listFriendRequests: {
        parameters: {
            query?: {
                cursor?: string;
                direction?: "received" | "sent";
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    uploadMedia: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description At most 1,500 characters. */
                    alt?: string;
                    /** Format: binary */
                    file: string;
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        media: components["schemas"]["Media"];
                    };
                };
            };
            /**
             * @description - `request.invalid` The request is not valid.
             *     - `media.broken` The file cannot be read.
             *     - `media.too_many_pixels` The picture has too many pixels.
             *     - `media.too_many_frames` The picture has too many frames.
             *     - `media.too_long` The video is too long.
             *     - `media.too_costly` The file takes more time or memory than a file is given.
             *     - `media.no_file` There is no file in the body.
             *     - `media.alt_too_long` The alternative text is too long.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `http.request_timeout` The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `idempotency.in_progress` The first request with this idempotency key is still running.
             *     - `media.too_many_unused` Too many files wait to be used. Publish or remove some first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `http.body_too_large` The body is larger than this route takes.
             *     - `media.too_large` The file is too large.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `http.media_type` The body's media type is not one that this route takes.
             *     - `media.unsupported` The file is no photo or video of a kind that is taken.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_video` This server cannot take videos. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.full` There is no room for the file. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getMedia: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description A media item's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        media: components["schemas"]["Media"];
                    };
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteMedia: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A media item's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.not_owner` Only whoever uploaded it may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.in_use` A story or a profile shows it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    describeMedia: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A media item's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description At most 1,500 characters. */
                    alt: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        media: components["schemas"]["Media"];
                    };
                };
            };
            /**
             * @description - `request.invalid` The request is not valid.
             *     - `media.alt_too_long` The alternative text is too long.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.not_owner` Only whoever uploaded it may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listMutes: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    mute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `graph.mute_limit` You mute as many people as a person can mute. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unmute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An account's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `graph.oneself` That is you: people relate to others. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reportPageTimings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Cumulative layout shift. */
                    cls?: number;
                    /** @description Connecting, TLS included. */
                    connectMs?: number;
                    /** @description Finding the address of the site. */
                    dnsMs?: number;
                    /** @description From its first byte to its last. */
                    downloadMs?: number;
                    /** @description From the request of the page to its first byte. */
                    firstByteMs?: number;
                    /** @description Interaction to next paint. */
                    inpMs?: number;
                    /** @description Largest contentful paint. */
                    lcpMs?: number;
                    /** @description The path of the page. Of whom or what it is about, nothing is kept. */
                    page: string;
                    /** @description Until the page shows what it is about. */
                    readyMs?: number;
                    /** @description Of connecting, what TLS took. */
                    tlsMs?: number;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** Format: date-time */
                            createdAt: string;
                            /** @description The session of this very request. */
                            current: boolean;
                            /** @description Decimal id. */
                            id: string;
                            /**
                             * Format: date-time
                             * @description To the hour.
                             */
                            lastUsedAt: string;
                            /** @description What signed in, as it named itself. */
                            userAgent: string;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    cookie?: boolean;
                    handle: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: components["schemas"]["Account"];
                        /** @description For `Authorization: Bearer`; not there when it is in the cookie. */
                        token?: string;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.bad_credentials` The handle or the password is wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.in_progress` The first request with this idempotency key is still running. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.too_many_attempts` There were too many wrong passwords. Try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `accounts.hashing_busy` Too many people are signing in right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    signOutEverywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Decimal id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    publishStory: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description BCP 47; guessed where it is not given. */
                    lang?: string;
                    /** @description An http or https URL of at most 2048 characters. */
                    link?: string;
                    mediaIds?: string[];
                    text: string;
                    /** @enum {string} */
                    visibility?: "public" | "friends" | "self";
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        story: components["schemas"]["Story"];
                    };
                };
            };
            /**
             * @description - `request.invalid` The request is not valid.
             *     - `stories.text_too_long` The text is too long.
             *     - `stories.text_empty` There is nothing to publish: the text is empty.
             *     - `stories.unknown_media` There is no such media, or it is not yours.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.in_progress` The first request with this idempotency key is still running. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getStory: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        story: components["schemas"]["Story"];
                    };
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteStory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `stories.not_author` Only the author may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    editStory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text?: string;
                    /** @enum {string} */
                    visibility?: "public" | "friends" | "self";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        story: components["schemas"]["Story"];
                    };
                };
            };
            /**
             * @description - `request.invalid` The request is not valid.
             *     - `stories.text_too_long` The text is too long.
             *     - `stories.text_empty` There is nothing to publish: the text is empty.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `stories.not_author` Only the author may do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listComments: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                order?: "oldest" | "newest";
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Comment"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    addComment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The comment that this one answers. */
                    parentId?: string;
                    text: string;
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        comment: components["schemas"]["Comment"];
                    };
                };
            };
            /**
             * @description - `request.invalid` The request is not valid.
             *     - `stories.text_too_long` The text is too long.
             *     - `stories.text_empty` There is nothing to publish: the text is empty.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.in_progress` The first request with this idempotency key is still running. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    likeStory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unlikeStory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listLikes: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AccountSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reshareStory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `stories.not_resharable` Only public stories can be reshared. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unreshareStory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `stories.not_resharable` Only public stories can be reshared. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    restoreStory: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description A story's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "Maru-Position": components["headers"]["Position"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        story: components["schemas"]["Story"];
                    };
                };
            };
            /** @description - `request.invalid` The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.in_progress` The first request with this idempotency key is still running. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    beginUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description `1.0.0` */
                "Tus-Resumable"?: string;
                /** @description How many bytes the file has. */
                "Upload-Length"?: string;
                /** @description `filename`, `filetype` and `alt`, each in Base64. */
                "Upload-Metadata"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    /** @description Where it is gone on with. */
                    Location?: string;
                    "Maru-Position": components["headers"]["Position"];
                    /** @description When it is given up. */
                    "Upload-Expires"?: string;
                    /** @description How many bytes have come. */
                    "Upload-Offset"?: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `request.invalid` The request is not valid.
             *     - `media.broken` The file cannot be read.
             *     - `media.too_many_pixels` The picture has too many pixels.
             *     - `media.too_many_frames` The picture has too many frames.
             *     - `media.too_long` The video is too long.
             *     - `media.too_costly` The file takes more time or memory than a file is given.
             *     - `media.no_file` There is no file in the body.
             *     - `media.alt_too_long` The alternative text is too long.
             *     - `media.upload_invalid` The request's headers are not those of tus 1.0.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `http.request_timeout` The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `idempotency.in_progress` The first request with this idempotency key is still running.
             *     - `media.too_many_unused` Too many files wait to be used. Publish or remove some first.
             *     - `media.upload_offset` The upload is at another place: ask where, and go on from there.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_gone` The upload has been given up, because nobody went on with it. Begin again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_protocol` The request has no Tus-Resumable header of a version that is spoken here: 1.0.0. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `http.body_too_large` The body is larger than this route takes.
             *     - `media.too_large` The file is too large.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `http.media_type` The body's media type is not one that this route takes.
             *     - `media.unsupported` The file is no photo or video of a kind that is taken.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `idempotency.mismatch` This idempotency key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_video` This server cannot take videos. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.full` There is no room for the file. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    askUploadAbilities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    /** @description What is spoken of it beside its core. */
                    "Tus-Extension"?: string;
                    /** @description How many bytes a file may have. */
                    "Tus-Max-Size"?: string;
                    /** @description `1.0.0` */
                    "Tus-Version"?: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    cancelUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description `1.0.0` */
                "Tus-Resumable"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `media.broken` The file cannot be read.
             *     - `media.too_many_pixels` The picture has too many pixels.
             *     - `media.too_many_frames` The picture has too many frames.
             *     - `media.too_long` The video is too long.
             *     - `media.too_costly` The file takes more time or memory than a file is given.
             *     - `media.no_file` There is no file in the body.
             *     - `media.alt_too_long` The alternative text is too long.
             *     - `media.upload_invalid` The request's headers are not those of tus 1.0.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `media.too_many_unused` Too many files wait to be used. Publish or remove some first.
             *     - `media.upload_offset` The upload is at another place: ask where, and go on from there.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_gone` The upload has been given up, because nobody went on with it. Begin again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_protocol` The request has no Tus-Resumable header of a version that is spoken here: 1.0.0. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.too_large` The file is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.unsupported` The file is no photo or video of a kind that is taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_video` This server cannot take videos. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.full` There is no room for the file. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    findUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
                /** @description `1.0.0` */
                "Tus-Resumable"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description How many bytes it will have. */
                    "Upload-Length"?: string;
                    /** @description How many bytes have come. */
                    "Upload-Offset"?: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `media.broken` The file cannot be read.
             *     - `media.too_many_pixels` The picture has too many pixels.
             *     - `media.too_many_frames` The picture has too many frames.
             *     - `media.too_long` The video is too long.
             *     - `media.too_costly` The file takes more time or memory than a file is given.
             *     - `media.no_file` There is no file in the body.
             *     - `media.alt_too_long` The alternative text is too long.
             *     - `media.upload_invalid` The request's headers are not those of tus 1.0.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `media.too_many_unused` Too many files wait to be used. Publish or remove some first.
             *     - `media.upload_offset` The upload is at another place: ask where, and go on from there.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_gone` The upload has been given up, because nobody went on with it. Begin again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_protocol` The request has no Tus-Resumable header of a version that is spoken here: 1.0.0. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.too_large` The file is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.unsupported` The file is no photo or video of a kind that is taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_video` This server cannot take videos. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.full` There is no room for the file. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    continueUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description `1.0.0` */
                "Tus-Resumable"?: string;
                /** @description How many bytes were sent before. */
                "Upload-Offset"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    /** @description With the last piece: the media item, as percent-encoded JSON. Where it is not there, `/media` tells. */
                    "Maru-Media"?: string;
                    /** @description How many bytes have come. */
                    "Upload-Offset"?: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `media.broken` The file cannot be read.
             *     - `media.too_many_pixels` The picture has too many pixels.
             *     - `media.too_many_frames` The picture has too many frames.
             *     - `media.too_long` The video is too long.
             *     - `media.too_costly` The file takes more time or memory than a file is given.
             *     - `media.no_file` There is no file in the body.
             *     - `media.alt_too_long` The alternative text is too long.
             *     - `media.upload_invalid` The request's headers are not those of tus 1.0.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `http.request_timeout` The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `media.too_many_unused` Too many files wait to be used. Publish or remove some first.
             *     - `media.upload_offset` The upload is at another place: ask where, and go on from there.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_gone` The upload has been given up, because nobody went on with it. Begin again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.upload_protocol` The request has no Tus-Resumable header of a version that is spoken here: 1.0.0. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `http.body_too_large` The body is larger than this route takes.
             *     - `media.too_large` The file is too large.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `http.media_type` The body's media type is not one that this route takes.
             *     - `media.unsupported` The file is no photo or video of a kind that is taken.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_video` This server cannot take videos. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.full` There is no room for the file. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getUploadMedia: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Maru-Position` of a write that this read must see, whichever node answers. */
                "Maru-Position"?: components["parameters"]["Position"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        media: components["schemas"]["Media"];
                    };
                };
            };
            /**
             * @description - `media.broken` The file cannot be read.
             *     - `media.too_many_pixels` The picture has too many pixels.
             *     - `media.too_many_frames` The picture has too many frames.
             *     - `media.too_long` The video is too long.
             *     - `media.too_costly` The file takes more time or memory than a file is given.
             *     - `media.no_file` There is no file in the body.
             *     - `media.alt_too_long` The alternative text is too long.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.unauthenticated` Sign in first: there is no token, or it is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `request.not_found` There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `media.too_many_unused` Too many files wait to be used. Publish or remove some first.
             *     - `media.upload_unfinished` The upload is not whole yet.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.too_large` The file is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.unsupported` The file is no photo or video of a kind that is taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_video` This server cannot take videos. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.no_store` Files cannot be kept or read right now. Try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description - `media.full` There is no room for the file. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
